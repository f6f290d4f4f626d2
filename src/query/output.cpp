// SPDX-License-Identifier: Apache-2.0
#include "query/output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace logd {
namespace {

// A very long line's memory is given back.
constexpr std::size_t kKeptBytes = 1024 * 1024;

}  // namespace

Result<void> Output::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    bool is_interrupted = written < 0 && errno == EINTR;
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
      is_interrupted = !rest.empty();  // or the disk is full, which the next one says
    } else if (errno == EAGAIN) {
      // Somebody who shares the descriptor made it non-blocking.
      pollfd writable{fd_, POLLOUT, 0};
      is_interrupted = ::poll(&writable, 1, -1) < 0 && errno == EINTR;
    } else if (!is_interrupted) {
      return fail(system_error(errno, "write output"));
    }
    if (is_interrupted && is_stopped_ && is_stopped_()) {
      return fail(system_error(EINTR, "write output"));
    }
  }
  buffer_.clear();
  if (buffer_.capacity() > kKeptBytes) buffer_.shrink_to_fit();
  return {};
}

}  // namespace logd
