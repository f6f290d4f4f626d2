// Says whether a text that stands where a password would stand tells what became of it, or what it
// must be like: "changed", "incorrect", "must be at least 8 characters", ":password" of a
// statement.
//
// Words that people use as passwords ("password", "secret", "admin", "welcome") are none of these.
// Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace logd {

bool is_status(std::string_view text) noexcept;

}  // namespace logd
