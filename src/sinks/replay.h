// Reads kept records of a time once more, for who has asked for it: parts of batches of which no
// cursor knows, one at a time.
//
// When they are sent is the loop's business. What is left is forgotten at the end of the program.
// One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "logd/file_system.h"
#include "logd/result.h"
#include "logd/units.h"
#include "query/line_reader.h"
#include "ship/ship_state.h"
#include "sinks/log_feed.h"

namespace logd {

class Replay {
 public:
  Replay();
  ~Replay();

  // Of one log, from `since` to before `until`. `log_dir` and `report` must outlive it. Errors:
  // permission, io, not_found (the log is gone), limit (too many are waiting).
  Result<void> add(Directory& log_dir, const LogName& log, const FeedOptions& options,
                   const Report& report, WallTime since, WallTime until);

  // Whether next() may have something now.
  bool is_waiting() const { return !is_out_ && (returned_ || !spans_.empty()); }

  // The next records, while nothing else is out.
  std::optional<BatchPart> next(LogFeed::Room room);

  // What next() gave was answered for.
  void done() { is_out_ = false; }
  // It was not, and comes again.
  void give_back(BatchPart part);
  // It could not be read: it comes again a few times, and is then left out, which `report` tells.
  void failed(BatchPart part, const Error& error, const Report& report);

 private:
  struct Span;
  // Whether it was the last part of the span.
  static Result<bool> take(Span& span, LogFeed::Room room, BatchPart& part);
  bool is_too_often(const Error& error);

  std::deque<std::unique_ptr<Span>> spans_;
  std::optional<BatchPart> returned_;
  bool is_out_ = false;
  unsigned failures_ = 0;  // in a row
};

}  // namespace logd
