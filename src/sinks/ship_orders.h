// Carries out what people ask of a destination: `logctl ship`, by way of logd, and its test.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "logd/config.h"
#include "ship/ship_order.h"
#include "sinks/ship_loop.h"

namespace logd {

void carry_out(const ShipOrder& order, ShipLoop& loop);

// Sends one record that says that it is a test and prints what the answer means. Returns the exit
// status: 0 if it was taken, 1 if not, 2 if there is no such destination.
int test_destination(const Config& config, const std::string& name);

}  // namespace logd
