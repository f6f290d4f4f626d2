// SPDX-License-Identifier: Apache-2.0
#include "alert/health_alerts.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace logd {
namespace {

std::vector<HealthCheck> bad_checks(const Health& health, const AlertConfig& config) {
  const HealthLevel least =
      config.health == word_of(HealthLevel::failing) ? HealthLevel::failing : HealthLevel::degraded;
  std::vector<HealthCheck> bad;
  for (const HealthCheck& check : health.checks) {
    // That an alert cannot be told is no news for an alert.
    if (check.level < least || check.name == kAlertsCheck) continue;
    if (config.checks.empty() ||
        std::find(config.checks.begin(), config.checks.end(), check.name) != config.checks.end())
      bad.push_back(check);
  }
  return bad;
}

bool is_about_the_same(const AlertConfig& left, const AlertConfig& right) {
  return left.health == right.health && left.checks == right.checks;
}

std::string condition_of(const AlertConfig& config) {
  return fmt::format(
      "{} {} or worse",
      config.checks.empty() ? "any check" : fmt::format("{}", fmt::join(config.checks, ", ")),
      config.health);
}

}  // namespace

void HealthAlerts::follow(const Config& config) {
  std::map<std::string, State> states;
  for (const auto& [name, alert] : config.alerts) {
    if (alert.health.empty()) continue;
    const auto known = states_.find(name);
    State state{alert, false, std::nullopt};
    if (known != states_.end() && is_about_the_same(known->second.config, alert)) {
      state = known->second;
      state.config = alert;
    }
    states.emplace(name, std::move(state));
  }
  states_ = std::move(states);
}

// Without a cool-down what lasts is told once.
bool HealthAlerts::must_tell(const State& state, MonoTime now) {
  if (!state.told_at) return true;
  if (state.config.cooldown.count() == 0) return !state.is_told;
  return now - *state.told_at >= state.config.cooldown;
}

std::vector<Alert> HealthAlerts::look(const Health& health, WallTime wall_now, MonoTime now) {
  std::vector<Alert> alerts;
  for (auto& [name, state] : states_) {
    Alert alert;
    alert.name = name;
    alert.config = state.config;
    alert.time = wall_now;
    alert.condition = condition_of(state.config);
    alert.checks = bad_checks(health, state.config);
    const bool is_bad = !alert.checks.empty();
    if (is_bad ? !must_tell(state, now) : !state.is_told) continue;
    if (is_bad) state.told_at = now;
    state.is_told = is_bad;
    alert.state = is_bad ? AlertState::firing : AlertState::resolved;
    alerts.push_back(std::move(alert));
  }
  return alerts;
}

}  // namespace logd
