// Makes the request that carries a body to a destination. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "logd/config.h"
#include "sinks/batch_builder.h"
#include "sinks/transport.h"

namespace logd {

HttpRequest request_for(const ShipConfig& config, std::string_view body,
                        const BatchBuilder& builder);

// Tells settings apart under which the same answer may mean something else.
std::string settings_digest(const ShipConfig& config);

// Whether there is something to read.
bool is_readable(int descriptor);

}  // namespace logd
