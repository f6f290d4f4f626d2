// Builds the command line of logd-shim: what a run, a pipe and a FIFO keeper have in common.
//
// The shim reads no configuration: whoever starts it passes on what concerns it. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "logd/config.h"
#include "logd/names.h"
#include "logd/result.h"

namespace logd {

// `{<path of logd-shim>, mode, --socket, …}` for a process; what only one mode knows is appended by
// the caller. Errors: invalid (the name, the instance, or a run_dir too long for a socket's path).
Result<std::vector<std::string>> shim_arguments(const Config& config, const std::string& mode,
                                                const LogName& name);

// Replaces this program by the shim. Returns only if that fails, with errno set.
void exec_shim(const std::vector<std::string>& arguments);

}  // namespace logd
