// Chooses the time zone in which a command shows times.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/time_format.h"
#include "logd/result.h"

namespace logd {

// Turns the name of a time zone into one that TimeFormat knows, and makes it the local one if it is
// some other place's. Errors: invalid.
Result<Zone> choose_zone(const std::string& name);

}  // namespace logd
