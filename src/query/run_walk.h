// Finds the runs of one log, the newest first, by the events of their starts and ends.
//
// Of archives only what holds events is read. Of what is not kept any more nothing is known, which
// may be the start of the oldest run. What a run printed is reverse_lines.h's business. One thread
// at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "logd/units.h"
#include "query/backward_log.h"
#include "query/position.h"
#include "store/event.h"
#include "store/record_view.h"

namespace logd {

struct Run {
  enum class End : std::uint8_t {
    none,     // nothing says that it has ended: it runs, as far as the log tells
    exited,   // `code` tells how
    killed,   // `signal` does
    unknown,  // it has ended, and nobody saw how: its shim was killed
    lost,     // nothing says that it has ended, but a later run began: the machine went down
  };

  std::optional<std::uint64_t> number;  // none: no event of it is kept, nor of a later run
  std::optional<WallTime> started;      // none: that is not kept any more
  std::optional<WallTime> ended;        // known unless none or lost
  std::optional<WallTime> gone_by;      // it was not there any more then; none: it may be still
  std::optional<std::int32_t> pid;
  std::optional<std::uint32_t> uid;
  std::string command;
  End end = End::none;
  std::int32_t code = 0;
  std::int32_t signal = 0;
  Position begin;              // of its start event; if that is lost, of what is older
  Position behind = kNoLimit;  // of its end event, or of the start of the next run

  // It ended, and not as programs do that have done what they should.
  bool has_failed() const { return end != End::none && !(end == End::exited && code == 0); }
};

class RunWalk {
 public:
  explicit RunWalk(BackwardLog log);

  // Fills in the run before the one given last; false if none of an earlier one is kept. Where
  // several run at a time (merged instances), the order is that of their starts.
  bool previous(Run& run);

 private:
  bool take_block();
  void take_event(const RecordView& record, Position position);
  void take_end(const ExitedEvent& exited, std::optional<WallTime> time, Position position);
  void take_start(const StartedEvent& started, std::optional<WallTime> time, Position position);
  void begin_ended_behind(Position position);
  Run take_ended(std::uint64_t number);
  void take_rest();
  bool has_line_before(Position position) const;

  BackwardLog log_;
  std::deque<Run> found_;   // not given yet, newest first
  std::vector<Run> ended_;  // their starts stand further ahead; newest first
  // The start event met last.
  Position next_start_ = kNoLimit;
  std::optional<WallTime> next_time_;
  std::optional<std::uint64_t> next_number_;
  bool is_at_begin_ = false;
};

}  // namespace logd
