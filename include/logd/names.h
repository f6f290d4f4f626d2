// Validates process names and builds and splits log names (`process` or `process@instance`).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "logd/result.h"

namespace logd {

inline constexpr std::size_t kMaxProcessNameBytes = 64;
inline constexpr int kNoInstance = -1;
inline constexpr int kMaxInstance = 99999;

// True for 1 to 64 bytes of [A-Za-z0-9._-], the first not a dot.
bool is_process_name(std::string_view name);

// Errors: invalid, with a message that says which rule `name` breaks.
Result<void> check_process_name(std::string_view name);

struct LogName {
  std::string process;
  int instance = kNoInstance;

  std::string directory() const;  // "web" or "web@2"
  bool operator==(const LogName&) const = default;
};

// Splits the name of a directory in log_dir; nothing if it is not one of ours.
std::optional<LogName> parse_log_name(std::string_view directory);

// Shell-style match of a whole name: `*`, `?`, `[a-z]`.
bool glob_matches(const std::string& pattern, const std::string& name);
bool is_glob(std::string_view text);

}  // namespace logd
