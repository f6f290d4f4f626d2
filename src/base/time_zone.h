// Converts between UTC and the local time of a zone, and tells the times that a change of the
// zone's clocks skips or doubles.
//
// What people read is time_format.h's business, when something is due schedule.h's. "local" is
// asked of the C library, as time_format.h does, so that TZ, /etc/localtime and TZ's rules without
// any file mean what they mean to every other program; other zones come from the date library and
// the system's /usr/share/zoneinfo. Nothing is downloaded. Any thread; a zone is read once and then
// stays as it is.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "logd/result.h"
#include "logd/units.h"

namespace logd {

// What the clocks of a zone show.
using LocalTime = std::chrono::local_time<Nanoseconds>;

// The moments at which the clocks of a zone show a local time.
struct LocalMoments {
  enum class Kind : std::uint8_t {
    single,
    skipped,  // none: `first` and `last` are the first moment after the gap
    doubled,  // two of them: the clocks were set back
  };
  Kind kind = Kind::single;
  WallTime first;
  WallTime last;
};

class TimeZone {
 public:
  // Seconds to add to UTC at a moment. Asked in whole seconds; changes that undo each other within
  // a day may go unseen.
  using Offset = std::function<std::chrono::seconds(std::chrono::sys_seconds)>;

  static TimeZone utc();

  // "local", "UTC" or a name of /usr/share/zoneinfo such as "Europe/Berlin".
  // Errors: invalid (no such zone, with the name that was probably meant), not_found (no time zone
  // data on this machine: then there are "local" and "UTC" only), corrupt (the zone's data).
  static Result<TimeZone> find(const std::string& name);

  // A zone of one's own; for tests.
  TimeZone(std::string name, Offset offset);

  const std::string& name() const { return name_; }
  std::chrono::seconds offset_at(WallTime time) const;
  LocalTime local(WallTime time) const;
  LocalMoments moments(LocalTime local) const;

  // The first moment after `after` and not after `until` that has another offset than `after`.
  std::optional<WallTime> change(WallTime after, WallTime until) const;

 private:
  std::string name_;
  Offset offset_;
};

// Whether find() would take the name, without reading all of the system's zones when it is good.
Result<void> check_time_zone(const std::string& name);

}  // namespace logd
