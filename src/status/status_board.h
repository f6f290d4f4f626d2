// Collects how the daemon is: its status, its health, its metrics.
//
// Asks who knows, and decides nothing but when the health changed. What each check looks at is
// health_checks.h's business. Blocks for a look at log_dir at most. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "capture/capture_loop.h"
#include "capture/log_table.h"
#include "rules/masking.h"
#include "status/daemon_status.h"
#include "status/metrics.h"
#include "upkeep/upkeep.h"

namespace logd {

class StatusBoard {
 public:
  struct Parts {
    LogTable& logs;
    CaptureLoop& capture;
    Upkeep& upkeep;
    const Masking& masking;
  };

  // The parts must outlive it.
  explicit StatusBoard(const Parts& parts);

  // Adds to a check what only somebody else knows. Called each time that health is asked for.
  using Source = std::function<void(Health&)>;
  void add_source(Source source) { sources_.push_back(std::move(source)); }

  // How reloads of the configuration went. Without it: there was none.
  void set_reloads(std::function<ReloadStatus()> reloads) { reloads_ = std::move(reloads); }

  // What became of alerts. Without it: there are none.
  void set_alerts(std::function<std::map<std::string, AlertMetrics>()> alerts) {
    alerts_ = std::move(alerts);
  }

  // How destinations are. Without it: there are none.
  void set_ships(std::function<ShipStatus()> ships) { ships_ = std::move(ships); }

  Health health();
  // Everything but sizes.
  DaemonStatus status();
  Metrics metrics();

 private:
  Health check();
  void note_level(Health& health);
  double uptime_s() const;

  Parts parts_;
  std::vector<Source> sources_;
  std::function<ReloadStatus()> reloads_ = [] { return ReloadStatus(); };
  std::function<std::map<std::string, AlertMetrics>()> alerts_ = [] {
    return std::map<std::string, AlertMetrics>();
  };
  std::function<ShipStatus()> ships_ = [] { return ShipStatus(); };
  MonoTime started_at_;
  HealthLevel level_ = HealthLevel::ok;  // at the last look
  MonoTime level_since_;
  MonoTime last_look_;
};

}  // namespace logd
