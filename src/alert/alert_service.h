// Tells people what they asked to be told: brings together who watches lines and health, and who
// calls webhooks and commands.
//
// Costs nothing where there are no alerts: threads are started by the first one. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "alert/alert_counts.h"
#include "alert/alert_sender.h"
#include "alert/health_alerts.h"
#include "alert/line_watch.h"
#include "logd/config.h"
#include "loop/event_loop.h"
#include "status/status_board.h"

namespace logd {

class AlertService {
 public:
  // Lines that are stored from now on count. Adds the check "alerts" to the board; what goes wrong
  // is told there. The parts must outlive it.
  AlertService(EventLoop& loop, StatusBoard& board, const Config& config);
  ~AlertService();

  // The configuration has changed.
  void follow_config();

 private:
  Result<void> start_what_lacks();
  void look_at_health();

  EventLoop& loop_;
  StatusBoard& board_;
  const Config& config_;
  AlertCounts counts_;
  HealthAlerts health_alerts_;
  std::unique_ptr<AlertSender> sender_;  // outlives the watch, which sends
  std::unique_ptr<LineWatch> line_watch_;
  Timer health_timer_;
};

}  // namespace logd
