// Reads the time of an option --since. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "logd/result.h"
#include "logd/units.h"

namespace logd {

// RFC 3339 with its zone (2026-11-21T22:17:00Z, …+01:00), a length of time before `now` ("2h",
// "-1h30m") or seconds since 1970 ("@1795299420"). Errors: invalid.
Result<WallTime> parse_since(std::string_view text, WallTime now);

}  // namespace logd
