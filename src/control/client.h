// Sends one request to the daemon and waits for its answer.
//
// The messages are protocol.h's. Blocks; any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "control/protocol.h"

namespace logd::control {

// Asks the daemon whose socket is in `run_dir`. Errors: unreachable (no daemon, or it hung up),
// permission (the socket refuses us), timed_out, invalid and limit (the answer).
Result<Response> call(const std::string& run_dir, const Request& request,
                      std::chrono::milliseconds timeout = std::chrono::seconds(60));

}  // namespace logd::control
