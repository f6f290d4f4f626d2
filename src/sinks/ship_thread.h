// Runs the loop of one destination on a thread of its own, so that none waits for another.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/posix_file_system.h"
#include "base/system_clock.h"
#include "base/unique_fd.h"
#include "logd/config.h"
#include "logd/result.h"
#include "ship/ship_status.h"
#include "sinks/outgoing_record.h"
#include "sinks/ship_loop.h"
#include "sinks/transport.h"

namespace logd {

class ShipThread {
 public:
  struct Setup {
    std::string name;
    ShipConfig config;
    HostIdentity host;
    std::string log_dir;
    std::string directory;  // of its state; made if it is missing
    CompressesProcess compresses;
  };
  // `on_change` is called by the thread when status() may have changed. Errors: what of the
  // settings cannot be used, io, permission.
  static Result<std::unique_ptr<ShipThread>> start(Setup setup, std::function<void()> on_change);
  // Waits a moment for what is under way.
  ~ShipThread();

  // Any thread.
  DestinationStatus status() const;
  // The thread does it soon.
  void ask(std::function<void(ShipLoop&)> task);
  void stop_soon();

 private:
  ShipThread(Setup setup, std::function<void()> on_change, std::unique_ptr<Transport> transport,
             std::unique_ptr<Directory> directory, UniqueFd wake_up);
  void work();
  void take_tasks();
  void publish();
  void wake();

  Setup setup_;
  std::function<void()> on_change_;
  std::unique_ptr<Transport> transport_;
  PosixFileSystem file_system_;
  SystemClock clock_;
  ShipLoop loop_;
  UniqueFd wake_up_;  // eventfd
  std::atomic<bool> is_stopping_{false};
  mutable std::mutex mutex_;
  DestinationStatus status_;                           // guarded by mutex_
  std::vector<std::function<void(ShipLoop&)>> tasks_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace logd
