// Drops whole lines from the pipes of a run while there is no logd to take them (on_full = drop).
//
// The gap stays at one place, the escrow's position: what is before it, logd has taken; the rest of
// an unfinished line there is first moved into the escrow, then whole lines go from the front of
// the pipe, the older half of it at a time. So the newest lines stay. Counts are totals since the
// start of the run.
//
// A line longer than pipe and escrow is cut: its end is written into the escrow for it, the rest
// goes and counts as one line. If logd comes back in the middle of such a line, what follows is
// stored as a line of its own.
//
// Only while no logd has the streams: two that take from one pipe would mix up the order. One
// thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "base/unique_fd.h"
#include "shim/clock.h"
#include "shim/stream.h"

namespace logd::shim {

class Dropper {
 public:
  explicit Dropper(std::int64_t drop_after_ms) : drop_after_ms_(drop_after_ms) {}

  // Looks at the pipes if it is time, and drops from the full ones. Returns when to look again.
  std::int64_t check(std::span<Stream> streams, std::int64_t now);

  // Call before the streams are handed over: ends what can be ended of a line that is half
  // dropped.
  void finish_lines(std::span<Stream> streams);

  // A logd has taken over: from now on nothing is dropped until it goes.
  void stop();

 private:
  struct Watched {
    std::int64_t full_since_ms = kNever;
    bool is_dropping = false;
    bool is_cutting = false;  // what comes up to the next newline belongs to a line that was cut
  };
  struct Peek;

  bool is_full(const Stream& stream);
  bool fills_scratch(const Stream& stream);
  bool open_scratch();
  Peek peek(const Stream& stream);
  void drop_lines(Stream& stream, Watched& watched);
  bool drop_once(Stream& stream, Watched& watched);
  bool move_rest_of_line(Stream& stream, Watched& watched, const Peek& seen);
  bool drop_cut_line(Stream& stream, Watched& watched, const Peek& seen);
  bool discard(Stream& stream, std::uint64_t bytes);

  std::int64_t drop_after_ms_;
  std::int64_t next_check_ms_ = 0;
  Watched watched_[2];
  UniqueFd scratch_in_;
  UniqueFd scratch_out_;
  UniqueFd nowhere_;
};

}  // namespace logd::shim
