// Repeats a system call that a signal interrupted: EINTR is dealt with here, once. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>

namespace logd {

// Calls `call` until it is not interrupted; returns what it returned, errno is the last call's.
// Not for close: see unique_fd.h.
template <typename Call>
auto retry_interrupted(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

}  // namespace logd
