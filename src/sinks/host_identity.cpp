// SPDX-License-Identifier: Apache-2.0
#include "sinks/host_identity.h"
namespace logd {
Result<HostIdentity> host_identity(Directory&, const std::string& id) {
  return HostIdentity{id.empty() ? "0123456789abcdef" : id, "host"};
}
}  // namespace logd
