// Empties one log while its writers go on: the steps between loop and worker.
//
// What was stored is counted first, in small jobs, while the log grows. The streams wait only from
// then until the event is stored; the files are deleted behind their back, for moments at a time.
// What a crash leaves half done is finished at the next start (store/process_log.h). Loop thread
// only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "capture/capture_loop.h"
#include "capture/log_table.h"
#include "control/protocol.h"

namespace logd::control {

class Flush {
 public:
  struct Order {
    LogName name;
    std::uint32_t uid = 0;
    std::int32_t pid = 0;
    bool is_dry_run = false;
    bool with_archives = false;
  };

  // `done` is called once, from the loop, not from inside start().
  Flush(LogTable& logs, CaptureLoop& capture, FileSystem& file_system, Order order,
        std::function<void(Flush&, LogResult)> done);

  // Errors: everything that open() of the log has; locked: a flush of it is under way.
  Result<void> start();

 private:
  struct Piece;  // what one job counts

  void go_on();
  Result<void> plan_more();
  void count_on();
  void count_closed();
  void count_active(std::uint64_t end);
  void count(const std::shared_ptr<Piece>& piece);
  void counted(const Piece& piece);
  void pause();
  void catch_up(std::uint64_t end);
  void begin();
  void store_event();
  void remove_on();
  void end(std::string error);
  bool is_active(const SegmentName& segment) const;

  LogTable& logs_;
  CaptureLoop& capture_;
  FileSystem& file_system_;
  Order order_;
  std::function<void(Flush&, LogResult)> done_;
  OpenLog* log_ = nullptr;
  std::shared_ptr<Directory> directory_;  // of one job at a time
  std::deque<SegmentName> to_count_;      // oldest first
  std::uint64_t planned_ = 0;             // number of the newest segment that was in to_count_
  std::uint64_t counted_bytes_ = 0;       // of the first of to_count_
  int rounds_ = 0;                        // of running after what is written meanwhile
  std::deque<SegmentName> to_remove_;     // oldest first
  bool has_begun_ = false;
  bool has_event_ = false;
  LogResult result_;
  std::string trouble_;
  Timer retry_timer_;
};

}  // namespace logd::control
