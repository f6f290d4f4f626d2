// Tells when the active segment of a log is to be rotated by time.
//
// That is when its schedule says so, or when it has reached rotate_after. Both are counted from its
// first record, so that nothing empty is ever due, and what was due while logd was away is due at
// the start. Rotation by size is the append's business. Pure, given a TimeZone.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "base/schedule.h"
#include "base/time_zone.h"
#include "upkeep/log_catalog.h"

namespace logd {

// Nothing: not before something else is known of the log. A segment below min_size is passed over
// by the schedule until its next time (note that in too_small_at), and by rotate_after until it has
// grown. A first record from the future (the clock was set back) counts as from the moment when
// that was seen. What the schedule says is kept in the log: working it out takes some hundred
// steps.
std::optional<WallTime> next_rotation(KeptLog& log, const Schedule& schedule, const TimeZone& zone,
                                      WallTime now);

}  // namespace logd
