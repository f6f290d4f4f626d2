// Answers what HTTP clients ask: probes, metrics, and what the logs hold. See logd(8), HTTP.
//
// What the daemon knows it asks the loop, with a deadline; what the logs hold it reads from their
// files, on threads of its own that come last. The loop never waits for any of it. Made and
// destroyed by the loop's thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "logd/config.h"
#include "logd/file_system.h"
#include "loop/mailbox.h"
#include "status/status_board.h"

namespace logd::web {

class Service {
 public:
  struct Parts {
    EventLoop& loop;
    FileSystem& file_system;
    StatusBoard& board;
    const Config& config;
  };

  // Listens on `local`, and on TCP if the configuration says so; adds the check "http" to the
  // board. What is wrong with TCP never fails: it is told there. The parts must outlive it. Errors:
  // io.
  static Result<std::unique_ptr<Service>> start(const Parts& parts, UniqueFd local);
  virtual ~Service() = default;

  // After a reload: times without a zone are read by the new one. Errors: those of TimeZone::find.
  virtual Result<void> follow_config() = 0;
};

}  // namespace logd::web
