// SPDX-License-Identifier: Apache-2.0
#include "daemon/supervisor.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <tuple>

#include "base/unique_fd.h"

namespace logd {

void tell_supervisor(const std::string& state) {
  const char* const path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path == nullptr || (*path != '/' && *path != '@')) return;
  const std::size_t bytes = std::strlen(path);
  if (bytes >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, bytes);
  if (*path == '@') address.sun_path[0] = '\0';  // an abstract one
  const UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return;
  const auto address_bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + bytes);
  std::ignore = sendto(fd.get(), state.data(), state.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                       reinterpret_cast<const sockaddr*>(&address), address_bytes);
}

}  // namespace logd
