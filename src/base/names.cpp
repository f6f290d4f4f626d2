// SPDX-License-Identifier: Apache-2.0
#include "logd/names.h"

#include <fnmatch.h>

#include <algorithm>
#include <charconv>

namespace logd {
namespace {

bool is_name_byte(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

// `name` for an error message: bytes that a terminal would act on become '?', and it is cut short.
std::string printable(std::string_view name) {
  std::string text(name.substr(0, kMaxProcessNameBytes));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return "\"" + text + (text.size() < name.size() ? "…\"" : "\"");
}

}  // namespace

bool is_process_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxProcessNameBytes && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), is_name_byte);
}

Result<void> check_process_name(std::string_view name) {
  if (is_process_name(name)) return {};
  std::string rule = "may only have letters, digits, '.', '_' and '-'";
  if (name.empty()) {
    rule = "must not be empty";
  } else if (name.size() > kMaxProcessNameBytes) {
    rule = "has " + std::to_string(name.size()) + " bytes; at most " +
           std::to_string(kMaxProcessNameBytes) + " are allowed";
  } else if (name.front() == '.') {
    rule = "must not begin with '.'";
  }
  return fail(ErrorCode::invalid, "process name " + printable(name) + " " + rule);
}

std::string LogName::directory() const {
  return instance == kNoInstance ? process : process + "@" + std::to_string(instance);
}

std::optional<LogName> parse_log_name(std::string_view directory) {
  const std::size_t at = directory.find('@');
  LogName name;
  name.process = directory.substr(0, at);
  if (!is_process_name(name.process)) return std::nullopt;
  if (at == std::string_view::npos) return name;
  const std::string_view digits = directory.substr(at + 1);
  const char* end = digits.data() + digits.size();
  const auto [parsed_to, error] = std::from_chars(digits.data(), end, name.instance);
  if (error != std::errc() || parsed_to != end) return std::nullopt;
  // One spelling a log: "-1", "02" and "+2" are not ours.
  if (name.instance < 0 || name.instance > kMaxInstance || name.directory() != directory) {
    return std::nullopt;
  }
  return name;
}

bool glob_matches(const std::string& pattern, const std::string& name) {
  return ::fnmatch(pattern.c_str(), name.c_str(), FNM_NOESCAPE) == 0;
}

bool is_glob(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

}  // namespace logd
