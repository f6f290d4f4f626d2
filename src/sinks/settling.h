// Remembers what was acknowledged lately: a receiver that dies may have lost it.
//
// Pure. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <optional>

#include "logd/units.h"
#include "query/log_cursor.h"

namespace logd {

// Of one log.
class Settling {
 public:
  void add(MonoTime now, const LogCursor& acked);

  // The furthest place that was acknowledged at least `settle` before `now`; nothing if there is no
  // news. It is then forgotten.
  std::optional<LogCursor> take_settled(MonoTime now, std::chrono::milliseconds settle);

  // When there is something to take; nothing: never.
  std::optional<MonoTime> due(std::chrono::milliseconds settle) const;

  bool is_empty() const { return acked_.empty(); }
  void clear() { acked_.clear(); }

 private:
  struct Acked {
    MonoTime first;  // acknowledgement after the last one
    MonoTime last;
    LogCursor cursor;
  };
  std::deque<Acked> acked_;
};

}  // namespace logd
