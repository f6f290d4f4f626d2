// Writes the metrics of destinations, as logd-ship tells of them. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "logd/units.h"
#include "ship/ship_status.h"
#include "web/metrics_writer.h"

namespace logd::web {

// All have the label destination. `now` is when they were asked for. Without a destination there is
// no family.
void write_ships(MetricsWriter& writer, const ShipStatus& ships, WallTime now);

}  // namespace logd::web
