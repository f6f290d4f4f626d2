// Tells who is at the other end of a socket, as the kernel knows it. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "logd/result.h"

namespace logd::control {

struct Peer {
  std::uint32_t uid = 0;
  std::int32_t pid = 0;
  std::vector<std::uint32_t> groups;  // its own first, then the supplementary ones

  bool is_in(std::uint32_t group) const;
};

// Of a connected stream socket, at the time when it was connected. Errors: io.
Result<Peer> peer_of(int socket);

}  // namespace logd::control
