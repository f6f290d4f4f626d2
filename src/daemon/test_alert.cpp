// SPDX-License-Identifier: Apache-2.0
#include "daemon/test_alert.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "alert/alert_sender.h"
#include "base/closest.h"
#include "base/system_clock.h"

namespace logd {

Result<void> test_alert(const Config& config, const std::string& name) {
  const auto found = config.alerts.find(name);
  if (found == config.alerts.end()) {
    std::vector<std::string> known;
    for (const auto& [other, alert] : config.alerts) known.push_back(other);
    const auto meant = closest(name, known);
    return fail(ErrorCode::not_found,
                fmt::format("there is no [alert.{}]{}", name,
                            meant ? fmt::format("; did you mean \"{}\"?", *meant) : ""));
  }
  AlertCounts counts;
  counts.follow(config);
  LOGD_TRY_ASSIGN(const auto sender, AlertSender::start(counts));
  Alert alert;
  alert.name = name;
  alert.config = found->second;
  alert.state = AlertState::test;
  alert.time = SystemClock().wall_now();
  alert.condition = "nothing has happened";
  if (sender->take_place(name, alert.config)) sender->send(std::move(alert));
  sender->wait_until_told();
  Health health;
  counts.check(health);
  const HealthCheck& check = health.check(kAlertsCheck);
  if (check.level != HealthLevel::ok) return fail(ErrorCode::io, check.detail());
  return {};
}

}  // namespace logd
