// What people ask of a running destination: `logctl ship`, by way of logd, to logd-ship.
//
// An order is one line of JSON on logd-ship's standard input. How it is carried out is
// sinks/ship_orders.h's business. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logd/result.h"
#include "logd/units.h"

namespace logd {

struct ShipOrder {
  std::string action;  // "rewind", "retry", "replay", "dlq_drop", "dlq_replay"
  std::string destination;
  std::optional<WallTime> since;       // rewind, replay: the first moment that belongs
  std::optional<WallTime> until;       // replay: the first that does not
  std::vector<std::string> processes;  // replay: names or patterns; none: all

  bool operator==(const ShipOrder&) const = default;
};

// Whether it says all that its action needs. Errors: invalid.
Result<void> check_ship_order(const ShipOrder& order);

std::string ship_order_text(const ShipOrder& order);
// Errors: invalid; also what check_ship_order() refuses.
Result<ShipOrder> parse_ship_order(std::string_view text);

}  // namespace logd
