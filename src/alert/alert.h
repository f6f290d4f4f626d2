// Holds what somebody is told, and what became of it. Plain structs.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "logd/config.h"
#include "logd/names.h"
#include "logd/units.h"
#include "status/health.h"

namespace logd {

enum class AlertState : std::uint8_t {
  firing,
  resolved,  // of health alone
  test,      // somebody wants to see whether it arrives
};

std::string_view word_of(AlertState state);

// What a webhook or a command is told of one alert.
struct Alert {
  std::string name;
  AlertConfig config;  // how it is told
  AlertState state = AlertState::firing;
  WallTime time{};        // of the last line, or of the look at the health
  std::string condition;  // for people: "5 lines of level error or worse within 1m"

  // About lines.
  std::optional<LogName> log;        // of the last line
  std::uint64_t suppressed = 0;      // lines since the last alert that the cool-down has kept quiet
  std::vector<std::string> records;  // the last lines as objects, as logctl -o json
  std::vector<std::string> texts;    // and for people

  // About logd itself.
  std::vector<HealthCheck> checks;
};

// The JSON of logd.toml(5), ALERTS. `host`: the machine's name.
std::string message_of(const Alert& alert, const std::string& host);

// What logd-webhook must know to send it: the first line of its standard input. JSON:
// webhook/main.cpp.
std::string webhook_request(const AlertConfig& config);

}  // namespace logd
