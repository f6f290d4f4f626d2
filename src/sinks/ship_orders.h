// What people ask of a running destination: `logctl ship`, by way of logd.
//
// An order is one line of JSON. Pure but for what carry_out() does.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "logd/config.h"
#include "logd/result.h"
#include "sinks/ship_loop.h"

namespace logd {

struct ShipOrder {
  std::string action;  // "rewind", "retry"
  std::string destination;
  std::optional<WallTime> since;  // of a rewind
};

std::string ship_order_text(const ShipOrder& order);
// Errors: invalid.
Result<ShipOrder> parse_ship_order(std::string_view text);

void carry_out(const ShipOrder& order, ShipLoop& loop);

// Sends one record that says that it is a test and prints what the answer means. Returns the exit
// status: 0 if it was taken, 1 if not, 2 if there is no such destination.
int test_destination(const Config& config, const std::string& name);

}  // namespace logd
