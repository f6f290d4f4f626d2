// SPDX-License-Identifier: Apache-2.0
#include "base/accounts.h"

#include <grp.h>
#include <pwd.h>

#include <charconv>

namespace logd {

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
