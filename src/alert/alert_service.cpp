// SPDX-License-Identifier: Apache-2.0
#include "alert/alert_service.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/diagnostics.h"

namespace logd {
namespace {

constexpr auto kHealthInterval = std::chrono::seconds(5);

bool has_line_alerts(const Config& config) {
  return std::any_of(config.alerts.begin(), config.alerts.end(),
                     [](const auto& alert) { return alert.second.health.empty(); });
}

}  // namespace

AlertService::AlertService(EventLoop& loop, StatusBoard& board, const Config& config)
    : loop_(loop),
      board_(board),
      config_(config),
      counts_([](const std::string& message) { log_error("alert " + message); }),
      health_timer_(loop, [this] { look_at_health(); }) {
  board_.set_alerts([this] { return counts_.metrics(); });
  board_.add_source([this](Health& health) { counts_.check(health); });
  follow_config();
}

AlertService::~AlertService() = default;

void AlertService::follow_config() {
  counts_.follow(config_);
  health_alerts_.follow(config_);
  const auto started = start_what_lacks();
  if (!started) log_error("alerts: " + started.error().message());
  if (!started || !line_watch_)
    counts_.set_trouble(started ? std::string() : started.error().message());
  if (health_alerts_.is_empty())
    health_timer_.cancel();
  else if (!health_timer_.is_armed())
    health_timer_.arm_after(kHealthInterval);
}

Result<void> AlertService::start_what_lacks() {
  if (!sender_ && !config_.alerts.empty()) {
    LOGD_TRY_ASSIGN(sender_, AlertSender::start(counts_));
  }
  // A copy, since the one of the loop changes under way.
  if (line_watch_) {
    line_watch_->follow(std::make_shared<const Config>(config_));
  } else if (has_line_alerts(config_)) {
    const LineWatch::Receiver receiver{[this](const std::string& name, const AlertConfig& config) {
                                         return sender_->take_place(name, config);
                                       },
                                       [this](Alert alert) { sender_->send(std::move(alert)); }};
    LOGD_TRY_ASSIGN(line_watch_, LineWatch::start(std::make_shared<const Config>(config_),
                                                  loop_.clock().wall_now(), counts_, receiver));
  }
  return {};
}

void AlertService::look_at_health() {
  const Clock& clock = loop_.clock();
  for (Alert& alert : health_alerts_.look(board_.health(), clock.wall_now(), clock.mono_now()))
    if (sender_ && sender_->take_place(alert.name, alert.config)) sender_->send(std::move(alert));
  health_timer_.arm_after(kHealthInterval);
}

}  // namespace logd
