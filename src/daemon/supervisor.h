// Tells the supervisor how the daemon is, as sd_notify(3) does, but never waits for it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace logd {

// Nothing happens where there is no NOTIFY_SOCKET, or its reader does not read: capture comes
// first.
void tell_supervisor(const std::string& state);

}  // namespace logd
