// SPDX-License-Identifier: Apache-2.0
#include "base/accounts.h"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace logd {
namespace {

bool may_change_owners() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3]{};
  if (::syscall(SYS_capget, &header, sets) != 0) return geteuid() == 0;
  return (sets[0].effective & (1U << CAP_CHOWN)) != 0;
}

}  // namespace

bool may_give_to_group(std::uint32_t gid) {
  if (gid == getegid() || may_change_owners()) return true;
  const int count = getgroups(0, nullptr);
  std::vector<gid_t> groups(count > 0 ? static_cast<std::size_t>(count) : 0);
  if (count <= 0 || getgroups(count, groups.data()) < 0) return false;
  return std::find(groups.begin(), groups.end(), gid) != groups.end();
}

std::optional<std::uint32_t> parse_id(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint32_t> user_id(const std::string& name) {
  if (const auto number = parse_id(name)) return number;
  const passwd* found = getpwnam(name.c_str());
  return found == nullptr ? std::nullopt : std::optional<std::uint32_t>(found->pw_uid);
}

std::optional<std::uint32_t> group_id(const std::string& name) {
  if (const auto number = parse_id(name)) return number;
  const group* found = getgrnam(name.c_str());
  return found == nullptr ? std::nullopt : std::optional<std::uint32_t>(found->gr_gid);
}

}  // namespace logd
