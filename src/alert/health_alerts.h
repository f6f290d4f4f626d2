// Decides when somebody must know how logd itself is: [alert.NAME] with `health`.
//
// An alert fires when one of its checks gets as bad as it says, again after each cool-down for as
// long as that lasts, and is resolved when all are better. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "alert/alert.h"
#include "logd/config.h"
#include "status/health.h"

namespace logd {

class HealthAlerts {
 public:
  // Those of `config`; what was told of one that stays about the same checks stays told.
  void follow(const Config& config);
  bool is_empty() const { return states_.empty(); }

  // What is to be told now.
  std::vector<Alert> look(const Health& health, WallTime wall_now, MonoTime now);

 private:
  struct State {
    AlertConfig config;
    bool is_told = false;  // and not yet resolved
    std::optional<MonoTime> told_at;
  };
  static bool must_tell(const State& state, MonoTime now);

  std::map<std::string, State> states_;
};

}  // namespace logd
