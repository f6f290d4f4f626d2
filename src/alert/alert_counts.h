// Counts what became of alerts, and remembers which cannot be told. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "logd/config.h"
#include "status/health.h"
#include "status/metrics.h"

namespace logd {

class AlertCounts {
 public:
  // `on_failure` is called by whoever finds that an alert cannot be told. None: nobody is.
  using OnFailure = std::function<void(const std::string& message)>;
  explicit AlertCounts(OnFailure on_failure = nullptr) : on_failure_(std::move(on_failure)) {}

  // Alerts of these names are counted; others are forgotten.
  void follow(const Config& config);

  void add(const std::string& name, std::uint64_t AlertMetrics::*count);
  // Why the last attempt to tell it by `way` ("webhook", a program) has failed; empty: it has not.
  void set_failure(const std::string& name, const std::string& way, std::string why);
  // Why lines are not looked at; empty: they are.
  void set_trouble(std::string why);

  std::map<std::string, AlertMetrics> metrics() const;
  // Adds what is wrong to the check "alerts".
  void check(Health& health) const;

 private:
  const OnFailure on_failure_;
  mutable std::mutex mutex_;  // guards the rest
  std::map<std::string, AlertMetrics> metrics_;
  std::map<std::string, AlertConfig> alerts_;
  std::map<std::pair<std::string, std::string>, std::string> failures_;  // by name and way
  std::string trouble_;
};

}  // namespace logd
