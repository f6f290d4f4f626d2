// Says how well logd is: one level, and the checks that it follows from.
//
// The one place that decides it: `logctl status`, `logctl health`, /health and /metrics all show
// this. A check gets worse by what is found and is ok when nothing is; the whole is as its worst
// check. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "logd/units.h"

namespace logd {

enum class HealthLevel : std::uint8_t {
  ok,
  degraded,  // something is wrong, and capture goes on
  failing,   // lines are lost or programs wait: somebody must do something
};

std::string_view word_of(HealthLevel level);

struct HealthCheck {
  std::string name;
  HealthLevel level = HealthLevel::ok;
  std::vector<std::string> details;  // for people: why it is not ok

  HealthCheck(std::string its_name) : name(std::move(its_name)) {}

  void find(HealthLevel found, std::string detail);

  // The details in one line, the first few of many.
  std::string detail() const;
};

struct Health {
  std::vector<HealthCheck> checks;
  WallTime since{};  // the level has been what it is
  double uptime_s = 0;
  std::string version;

  HealthLevel level() const;
  // Makes one of that name where there is none.
  HealthCheck& check(std::string_view name);
};

// Whether the store takes what is written: what a load balancer asks.
bool can_store(const Health& health);

// The names of checks.
inline constexpr std::string_view kDiskCheck = "disk";        // room on the disk
inline constexpr std::string_view kWritesCheck = "writes";    // other faults of the store
inline constexpr std::string_view kSyncsCheck = "syncs";      // to stable storage
inline constexpr std::string_view kDropsCheck = "drops";      // lines
inline constexpr std::string_view kMaskingCheck = "masking";  // rules in force
inline constexpr std::string_view kClockCheck = "clock";      // times that run ahead of it
inline constexpr std::string_view kArchivesCheck = "archives";
inline constexpr std::string_view kEscrowCheck = "escrow";
inline constexpr std::string_view kFilesCheck = "files";    // groups, deletions, log_dir
inline constexpr std::string_view kConfigCheck = "config";  // the last reload
inline constexpr std::string_view kHttpCheck = "http";      // the socket of [http]
inline constexpr std::string_view kAlertsCheck = "alerts";  // whether they can be told
inline constexpr std::string_view kShipCheck = "ship";      // forwarding

}  // namespace logd
