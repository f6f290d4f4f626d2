// Opens what TCP clients need: the listening socket, and the token that they must know.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/socket_address.h"
#include "base/unique_fd.h"
#include "logd/result.h"

namespace logd::web {

// A socket that listens. Errors: exists (another program has the address), permission, io.
Result<UniqueFd> listen_on(const SocketAddress& address);

// The first line of the file, which only our user and group may read. Errors: permission (others
// may read it, or we may not), invalid (too short or too long for a token), not_found, io.
Result<std::string> read_token(const std::string& path);

}  // namespace logd::web
