// Builds the world of logd in dependency order and runs it until it is told to stop.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/config_file.h"
#include "logd/result.h"

namespace logd {

// Runs by what was loaded from `sources`, which a reload reads again. Returns after an orderly
// stop. Errors: locked (another logd holds a directory), permission, io.
Result<void> run_daemon(const LoadedConfig& loaded, const ConfigSources& sources);

}  // namespace logd
