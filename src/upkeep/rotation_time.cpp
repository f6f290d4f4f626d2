// SPDX-License-Identifier: Apache-2.0
#include "upkeep/rotation_time.h"

#include <algorithm>

namespace logd {

std::optional<WallTime> next_rotation(KeptLog& log, const Schedule& schedule, const TimeZone& zone,
                                      WallTime now) {
  if (!log.active_since) return std::nullopt;
  if (!log.rotation_from || *log.rotation_from > now)
    log.rotation_from = std::min(*log.active_since, now);
  const WallTime begin = *log.rotation_from;
  const WallTime from = std::max(begin, std::min(log.too_small_at.value_or(begin), now));
  if (log.scheduled_from != from) {
    log.scheduled_from = from;
    log.scheduled = schedule.next_after(from, zone, log.last_rotation.value_or(begin));
  }
  std::optional<WallTime> next = log.scheduled;
  if (!log.config->rotate_after) return next;
  const WallTime old = begin + *log.config->rotate_after;
  const bool waits_to_grow = old <= now && log.active_bytes < log.config->min_size_bytes;
  if (!waits_to_grow) next = next ? std::min(*next, old) : old;
  return next;
}

}  // namespace logd
