// SPDX-License-Identifier: Apache-2.0
#include "shim/inheritance.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "base/unique_fd.h"

namespace logd::shim {
namespace {

constexpr int kFirstOwn = 3;

// A descriptor that reads and writes nothing and needs no file: there may be no /dev.
int open_nothing() { return open("/", O_PATH | O_CLOEXEC); }

void replace(int fd) {
  UniqueFd to(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!to) to.reset(open_nothing());
  if (to && to.get() != fd) dup3(to.get(), fd, O_CLOEXEC);
}

}  // namespace

void fill_standard_descriptors() {
  for (int fd = 0; fd < kFirstOwn; ++fd) {
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) open_nothing();
  }
}

void Inheritance::change() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  action.sa_flags = SA_NOCLDSTOP;
  sigaction(SIGCHLD, &action, &on_child_);
  action.sa_handler = SIG_IGN;
  action.sa_flags = 0;
  sigaction(SIGPIPE, &action, &on_pipe_);
  sigaction(SIGXFSZ, &action, &on_file_size_);
  getrlimit(RLIMIT_FSIZE, &file_size_);
  const rlimit most{file_size_.rlim_max, file_size_.rlim_max};
  setrlimit(RLIMIT_FSIZE, &most);
}

void Inheritance::restore() const {
  setrlimit(RLIMIT_FSIZE, &file_size_);
  sigaction(SIGXFSZ, &on_file_size_, nullptr);
  sigaction(SIGPIPE, &on_pipe_, nullptr);
  sigaction(SIGCHLD, &on_child_, nullptr);
}

void release_inherited_descriptors(std::span<const int> kept, StandardInput input) {
  constexpr unsigned kNone = std::numeric_limits<unsigned>::max();
  unsigned from = kFirstOwn;
  while (true) {
    // The lowest kept one at or above `from` ends this range.
    unsigned next = kNone;
    for (const int fd : kept) {
      if (fd >= 0 && static_cast<unsigned>(fd) >= from)
        next = std::min(next, static_cast<unsigned>(fd));
    }
    if (next > from) close_range(from, next == kNone ? next : next - 1, 0);
    if (next == kNone) break;
    from = next + 1;
  }
  if (input == StandardInput::release) replace(STDIN_FILENO);
}

void leave_surroundings() {
  replace(STDIN_FILENO);
  replace(STDOUT_FILENO);
  replace(STDERR_FILENO);
  [[maybe_unused]] const int changed = chdir("/");
}

}  // namespace logd::shim
