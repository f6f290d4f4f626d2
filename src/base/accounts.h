// Looks up users and groups by name or number. Loop thread only: the system's look-ups are not
// safe on several.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace logd {

// What is all digits is a number and not looked up; nothing if there is no such name.
std::optional<std::uint32_t> user_id(const std::string& name);
std::optional<std::uint32_t> group_id(const std::string& name);

// Whether the kernel lets this process give its files to that group: it is a member or has
// CAP_CHOWN.
bool may_give_to_group(std::uint32_t gid);

// A decimal number and nothing else.
std::optional<std::uint32_t> parse_id(std::string_view text);

}  // namespace logd
