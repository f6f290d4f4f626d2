// SPDX-License-Identifier: Apache-2.0
#include "config/config_problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

namespace logd {
namespace {

constexpr std::size_t kMaxShownCharacters = 160;

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

std::string_view line_of(std::string_view contents, std::uint32_t number) {
  for (std::uint32_t line = 1; line < number; ++line) {
    const std::size_t end = contents.find('\n');
    if (end == std::string_view::npos) return {};
    contents.remove_prefix(end + 1);
  }
  std::string_view line = contents.substr(0, contents.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// What stands behind the host of a webhook's address is often all that it takes to use it, and
// before it there may be a password: only their length is shown. Also where the key or the scheme
// is misspelled.
std::string without_web_path(std::string_view line) {
  std::string shown(line);
  const std::size_t scheme = line.find("://");
  const std::size_t equals = std::min(line.find('='), line.size());
  std::string_view key = line.substr(0, equals);
  key.remove_prefix(std::min(key.find_first_not_of(" \t"), key.size()));
  const bool is_address =
      (key.starts_with("webh") || key.starts_with("url") || key.starts_with("proxy")) &&
      key.find("_file") == std::string_view::npos;
  if (scheme == std::string_view::npos && !is_address) return shown;
  const std::size_t quote = line.find_first_of("\"'", equals);
  std::size_t begin = quote == std::string_view::npos ? equals : quote + 1;
  if (scheme != std::string_view::npos) begin = scheme + 3;
  const std::size_t last = quote == std::string_view::npos ? quote : line.rfind(line[quote]);
  const std::size_t end = last != quote ? std::max(begin, last) : line.size();
  const auto hide = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i)
      if (line[i] != '/') shown[i] = '.';
  };
  const std::size_t user = line.substr(0, end).rfind('@');
  if (user != std::string_view::npos && user > begin) {
    hide(begin, user);
    begin = user + 1;
  }
  hide(std::min(line.find_first_of("/?#", begin), end), end);
  return shown;
}

}  // namespace

std::string with_caret(std::string_view whole_line, std::uint32_t column) {
  if (whole_line.empty() || column == 0) return {};
  const std::string line = without_web_path(whole_line);
  std::string shown;
  std::string indent;
  std::size_t characters = 0;
  for (const char c : line) {
    if (begins_character(c) && ++characters > kMaxShownCharacters) break;
    const bool is_control = static_cast<unsigned char>(c) < ' ' && c != '\t';
    shown += is_control || c == '\x7f' ? '?' : c;
    // A tab below a tab, so that the caret stands right whatever its width.
    if (begins_character(c) && characters < column) indent += c == '\t' ? '\t' : ' ';
  }
  return "\n  " + shown + (column <= kMaxShownCharacters ? "\n  " + indent + "^" : "");
}

std::string source_with_caret(std::string_view contents, std::uint32_t line, std::uint32_t column) {
  return with_caret(line_of(contents, line), column);
}

std::string ConfigPlace::line_text() const {
  return line > 0 ? fmt::format("{}:{}", name, line) : name;
}

std::string ConfigPlace::text() const {
  return line > 0 ? fmt::format("{}:{}:{}", name, line, column) : name;
}

std::string ConfigProblem::text() const {
  return fmt::format("{}: {}{}", place.text(), message, place.source);
}

bool is_needed_by_logctl(std::string_view key) {
  constexpr std::string_view kNeeded[] = {"log_dir", "run_dir",   "admin_group", "timezone",
                                          "masking", "rules_dir", "mask_key"};
  return std::find(std::begin(kNeeded), std::end(kNeeded), key) != std::end(kNeeded);
}

void sort_problems(std::vector<ConfigProblem>& problems, const std::vector<std::string>& files) {
  const auto rank = [&](const ConfigProblem& problem) {
    const auto file = std::find(files.begin(), files.end(), problem.place.name);
    return std::tuple(file - files.begin(), problem.place.line, problem.place.column);
  };
  std::stable_sort(problems.begin(), problems.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
}

}  // namespace logd
