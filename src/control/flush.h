// Empties one log while its writers go on: the steps between loop and worker.
//
// The log's streams wait meanwhile. What a crash leaves half done is finished at the next start
// (store/process_log.h). Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

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
  struct Work;  // what the worker does and finds

  void counted(const std::shared_ptr<Work>& work);
  void removed(const std::shared_ptr<Work>& work);
  void finish();
  void end(std::string error);

  LogTable& logs_;
  CaptureLoop& capture_;
  FileSystem& file_system_;
  Order order_;
  std::function<void(Flush&, LogResult)> done_;
  OpenLog* log_ = nullptr;
  LogResult result_;
  std::string trouble_;
  Timer retry_timer_;
};

}  // namespace logd::control
