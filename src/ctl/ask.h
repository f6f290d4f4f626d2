// Asks the daemon to do something and turns what it refuses into an exit status.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "control/protocol.h"
#include "logd/config.h"

namespace logd {

// Waits for the answer at most so long. Errors: as control::call; and what the daemon answers:
// not_found, permission, invalid, limit, io.
Result<control::Response> ask(const Config& config, const control::Request& request,
                              std::chrono::milliseconds timeout = std::chrono::seconds(60));

// Says on standard error which logs failed; returns the exit status for all of them.
int complain_about_logs(const control::Response& response);

}  // namespace logd
