// SPDX-License-Identifier: Apache-2.0
#include "control/peer.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace logd::control {

bool Peer::is_in(std::uint32_t group) const {
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

Result<Peer> peer_of(int socket) {
  ucred found{};
  socklen_t length = sizeof found;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &found, &length) != 0)
    return fail(system_error(errno, "ask who is connected"));
  Peer peer;
  peer.uid = found.uid;
  peer.pid = found.pid;
  std::vector<gid_t> groups(64);
  do {  // too small a buffer: ERANGE, and the length that is needed
    length = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &length) == 0) break;
    if (errno != ERANGE) return fail(system_error(errno, "ask for the groups of who is connected"));
    groups.resize(length / sizeof(gid_t));
  } while (true);
  peer.groups.push_back(found.gid);
  peer.groups.insert(peer.groups.end(), groups.begin(),
                     groups.begin() + static_cast<std::ptrdiff_t>(length / sizeof(gid_t)));
  return peer;
}

}  // namespace logd::control
