// Chooses the time zone in which a command shows and reads times.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/time_format.h"
#include "base/time_zone.h"
#include "logd/result.h"

namespace logd {

// Turns the name of a time zone into one that TimeFormat knows, and makes it the local one if it is
// some other place's. Errors: invalid, with the name that was probably meant.
Result<Zone> choose_zone(const std::string& name);

// The same zone for reading times; after choose_zone().
TimeZone time_zone_of(Zone zone);

}  // namespace logd
