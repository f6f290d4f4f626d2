// How destinations are, for `logctl ship status`: as logd-ship tells while it runs, else as it has
// left them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "logd/config.h"
#include "logd/result.h"
#include "logd/units.h"
#include "ship/ship_status.h"

namespace logd {

struct ShownDestination {
  std::string name;
  DestinationStatus status;
  bool is_running = false;  // else only type, host and totals are known
};

// Those of the configuration, and those that logd-ship has besides; by name. Errors: permission,
// io, invalid (a file of logd-ship).
Result<std::vector<ShownDestination>> look_at_destinations(const Config& config);

std::string ship_table(const std::vector<ShownDestination>& destinations, WallTime now);
// One object, with its newline.
std::string ship_json(const std::vector<ShownDestination>& destinations, WallTime now);

}  // namespace logd
