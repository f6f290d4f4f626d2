// Tells a destination what to do: for control.sock. Who does it is daemon/shipper.h's business.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "logd/result.h"
#include "ship/ship_order.h"

namespace logd::control {

class Shipping {
 public:
  virtual ~Shipping() = default;

  // Hands a good order to logd-ship, which carries it out soon. Errors: not_found (no such
  // destination), io (logd-ship does not run, or takes nothing now). Loop thread only.
  virtual Result<void> order(const ShipOrder& order) = 0;

  // Names of all destinations.
  virtual std::vector<std::string> destinations() const = 0;
};

}  // namespace logd::control
