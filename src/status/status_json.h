// Writes and reads the daemon's status and health as JSON, each an object on one line.
//
// Unknown members are ignored, so that a newer end may say more; bytes that are not UTF-8 are
// replaced. Pure. Format: logd-protocol(7).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "logd/result.h"
#include "status/daemon_status.h"

namespace logd {

// Without a newline at the end.
std::string encode_status(const DaemonStatus& status);
std::string encode_health(const Health& health);
// The processes alone, as a status has them.
std::string encode_processes(const DaemonStatus& status);

// Errors: invalid.
Result<DaemonStatus> parse_status(std::string_view json);
Result<Health> parse_health(std::string_view json);

}  // namespace logd
