// Reads and writes lengths of time as people spell them: "500ms", "1h30m". Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "logd/result.h"

namespace logd {

// Parses one or more numbers with units (ms, s, m or min, h, d, w, in any case but "M", which many
// take for a month), largest unit first: "500ms", "1.5s", "1h30m", "2d"; "0" needs no unit. Errors:
// invalid, with a hint.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

// The exact spelling that parse_duration takes back: "1h30m", "500ms", "0s".
std::string duration_text(std::chrono::milliseconds duration);

}  // namespace logd
