// SPDX-License-Identifier: Apache-2.0
#include "alert/alert_counts.h"

#include <utility>

namespace logd {
namespace {

std::string told(const std::string& name, const std::string& way, const std::string& why) {
  return name + " could not be told: " + way + ": " + why;
}

}  // namespace

// What could not be told by another URL or program is no news any more.
void AlertCounts::follow(const Config& config) {
  const std::lock_guard lock(mutex_);
  std::erase_if(metrics_, [&](const auto& one) { return !config.alerts.contains(one.first); });
  std::erase_if(failures_, [&](const auto& failure) {
    const auto now = config.alerts.find(failure.first.first);
    return now == config.alerts.end() || now->second != alerts_[now->first];
  });
  alerts_ = config.alerts;
  for (const auto& [name, alert] : config.alerts) metrics_.try_emplace(name);
}

void AlertCounts::add(const std::string& name, std::uint64_t AlertMetrics::*count) {
  const std::lock_guard lock(mutex_);
  const auto found = metrics_.find(name);
  if (found != metrics_.end()) ++(found->second.*count);
}

void AlertCounts::set_failure(const std::string& name, const std::string& way, std::string why) {
  if (!why.empty() && on_failure_) on_failure_(told(name, way, why));
  const std::lock_guard lock(mutex_);
  if (why.empty())
    failures_.erase({name, way});
  else if (metrics_.contains(name))
    failures_[{name, way}] = std::move(why);
}

void AlertCounts::set_trouble(std::string why) {
  const std::lock_guard lock(mutex_);
  trouble_ = std::move(why);
}

std::map<std::string, AlertMetrics> AlertCounts::metrics() const {
  const std::lock_guard lock(mutex_);
  return metrics_;
}

void AlertCounts::check(Health& health) const {
  HealthCheck& check = health.check(kAlertsCheck);
  const std::lock_guard lock(mutex_);
  if (!trouble_.empty()) check.find(HealthLevel::degraded, "lines are not looked at: " + trouble_);
  for (const auto& [alert, why] : failures_)
    check.find(HealthLevel::degraded, told(alert.first, alert.second, why));
}

}  // namespace logd
