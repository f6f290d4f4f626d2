// SPDX-License-Identifier: Apache-2.0
#include "shim/copier.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>

#include "capture/copy_link.h"
#include "shim/clock.h"

namespace logd::shim {

void Copier::adopt(int link, pid_t pid) {
  if (link < 0) return;
  link_.reset(link);
  pid_ = pid;
  fcntl(link, F_SETFD, FD_CLOEXEC);
}

void Copier::tell_started(pid_t command) {
  if (!is_there()) return;
  const copy_link::StartedRun started{command};
  [[maybe_unused]] const ssize_t sent =
      send(link_.get(), &started, sizeof(started), MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool Copier::finish(std::int64_t still_ms) {
  if (!is_there()) return true;
  shutdown(link_.get(), SHUT_WR);
  const bool has_ended = await_end(still_ms);
  // While its end of the link is open, the pid is its own.
  if (!has_ended && pid_ > 0) kill(pid_, SIGKILL);
  while (pid_ > 0 && waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  return has_ended;
}

// Until its end of the link is closed, or it stands still for too long.
bool Copier::await_end(std::int64_t still_ms) {
  std::int64_t deadline = now_ms() + still_ms;
  while (true) {
    const std::int64_t left = std::max<std::int64_t>(deadline - now_ms(), 0);
    pollfd news{link_.get(), POLLIN, 0};
    const int ready = poll(&news, 1, static_cast<int>(left));
    if (ready == 0) return false;
    char bytes[64];
    const ssize_t got = recv(link_.get(), bytes, sizeof(bytes), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return true;
    if (got > 0) deadline = now_ms() + still_ms;
  }
}

}  // namespace logd::shim
