// Builds the world of logd in dependency order and runs it until it is told to stop.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "logd/config.h"
#include "logd/result.h"

namespace logd {

// Returns after an orderly stop. Errors: locked (another logd holds a directory), permission, io.
Result<void> run_daemon(const Config& config);

}  // namespace logd
