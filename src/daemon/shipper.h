// Keeps logd-ship running while the configuration has destinations, and tells how it is.
//
// It gets its part of the configuration as a file of its own, so that it works with exactly what
// logd has accepted; another one is a new program, which goes on where the old one was. One that
// ends is started again after 0.1 s, doubling to a minute. Nothing here waits, but the end, for
// a moment. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "control/shipping.h"
#include "logd/config.h"
#include "logd/file_system.h"
#include "loop/event_loop.h"
#include "loop/worker.h"
#include "ship/ship_status.h"
#include "status/status_board.h"

namespace logd {

class Shipper final : public control::Shipping {
 public:
  // Adds the check "ship" to the board, and the metrics of destinations. All must outlive it.
  Shipper(EventLoop& loop, Worker& worker, FileSystem& file_system, StatusBoard& board,
          const Config& config);
  // Ends the program, and waits a moment for that.
  ~Shipper() override;

  // The configuration has changed.
  void follow_config();

  // logd stops: the program ends beside what else there is to do.
  void stop_soon();

  Result<void> order(const ShipOrder& order) override;
  std::vector<std::string> destinations() const override;

 private:
  struct Child;

  void start();
  void started(std::shared_ptr<Child> child);
  void ended();
  void end_child();
  void check(Health& health);
  const ShipStatus& status();

  EventLoop& loop_;
  Worker& worker_;
  FileSystem& file_system_;
  const Config& config_;
  std::string given_;  // the configuration of the program that runs, or will
  bool is_starting_ = false;
  std::unique_ptr<Watch> watch_;  // of the end of child_; leaves the loop before that closes
  std::shared_ptr<Child> child_;  // runs
  MonoTime started_at_{};
  std::string trouble_;  // why it does not run
  ShipStatus status_;    // as it was read last
  std::optional<MonoTime> read_at_;
  Nanoseconds delay_;
  Timer start_timer_;
};

}  // namespace logd
