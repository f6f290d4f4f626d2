// Reads the address of a TCP socket: "127.0.0.1:9317", "[::1]:9317", "localhost:9317". Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "logd/result.h"

namespace logd {

struct SocketAddress {
  std::string host;  // a number, without brackets
  std::uint16_t port = 0;
  bool is_v6 = false;
  bool is_loopback = false;
};

// No name but localhost, which is 127.0.0.1: what others mean would need a look-up. Port 0 is any
// that is free. Errors: invalid.
Result<SocketAddress> parse_socket_address(std::string_view text);

}  // namespace logd
