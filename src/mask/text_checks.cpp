// SPDX-License-Identifier: Apache-2.0
#include "mask/text_checks.h"

#include <array>
#include <cmath>
#include <cstdint>

#include "mask/ascii.h"
#include "mask/base64.h"
#include "mask/words.h"

namespace logd {
namespace {

// n * log2(n): most counts are small, and a logarithm takes as long as the counting.
constexpr std::size_t kCounts = 64;
const std::array<double, kCounts> kCountLogs = [] {
  std::array<double, kCounts> logs{};
  for (std::size_t n = 1; n < kCounts; ++n) {
    logs[n] = static_cast<double>(n) * std::log2(static_cast<double>(n));
  }
  return logs;
}();

double count_log(std::size_t n) {
  return n < kCounts ? kCountLogs[n] : static_cast<double>(n) * std::log2(static_cast<double>(n));
}

bool is_slash(char c) { return c == '/' || c == '\\'; }

bool is_path_character(char c) {
  constexpr std::string_view kSigns = "/\\._-+@%~ :$,()[]{}*";
  return ascii::is_alnum(c) || ascii::is_high(c) || kSigns.find(c) != std::string_view::npos;
}

// "C:\", "C:/", "~/", "./", "../", "\\host", "file://"
bool has_certain_root(std::string_view text) {
  if (text.size() > 3 && ascii::is_letter(text[0]) && text[1] == ':' && is_slash(text[2])) {
    return true;
  }
  for (const std::string_view root : {"~/", "./", "../", ".\\", "..\\", "\\\\", "file:/"}) {
    if (text.size() > root.size() && ascii::starts_with(text, root)) return true;
  }
  return false;
}

struct Names {
  std::size_t count = 0;
  bool is_first_word = false;
  bool has_extension = false;  // the last one ends in a dot and one to five letters
  bool has_random = false;     // one is long and neither words nor a number
};

bool is_word_of_path(std::string_view name) {
  return name.size() >= 3 && ascii::count_of(name, ascii::is_letter) >= 2 && is_word(name);
}

bool is_random_name(std::string_view name) {
  constexpr std::size_t kLong = 12;
  return name.size() >= kLong && !ascii::all_of(name, ascii::is_hex) && !is_word(name);
}

Names names_of(std::string_view path) {
  Names names;
  std::string_view last;
  for (std::size_t at = 0; at < path.size();) {
    std::size_t end = at;
    while (end < path.size() && !is_slash(path[end])) ++end;
    last = path.substr(at, end - at);
    if (!last.empty() && names.count++ == 0) names.is_first_word = is_word_of_path(last);
    names.has_random = names.has_random || is_random_name(last);
    at = end + 1;
  }
  const std::size_t dot = last.rfind('.');
  const std::string_view extension =
      dot == std::string_view::npos ? std::string_view() : last.substr(dot + 1);
  names.has_extension = !extension.empty() && extension.size() <= 5 &&
                        ascii::all_of(extension, ascii::is_alnum) &&
                        ascii::is_letter(extension.front());
  return names;
}

}  // namespace

int character_kinds(std::string_view text) noexcept {
  bool has_lower = false;
  bool has_upper = false;
  bool has_digit = false;
  bool has_other = false;
  for (const char c : text) {
    has_lower = has_lower || ascii::is_lower(c);
    has_upper = has_upper || ascii::is_upper(c);
    has_digit = has_digit || ascii::is_digit(c);
    has_other = has_other || !ascii::is_alnum(c);
  }
  return int{has_lower} + int{has_upper} + int{has_digit} + int{has_other};
}

double entropy(std::string_view text) noexcept {
  text = text.substr(0, kMaxText);
  if (text.empty()) return 0;
  std::array<std::uint16_t, 256> counts{};
  for (const char c : text) ++counts[static_cast<unsigned char>(c)];
  double sum = 0;
  for (const char c : text) {
    // Each byte's count is added where the byte is met first.
    std::uint16_t& count = counts[static_cast<unsigned char>(c)];
    sum += count_log(count);
    count = 0;
  }
  const auto size = static_cast<double>(text.size());
  return std::log2(size) - sum / size;
}

std::size_t base64_size(std::string_view text) noexcept {
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  const std::string_view body = text.substr(0, text.size() - padding);
  if (body.size() % 4 == 1 || (padding != 0 && text.size() % 4 != 0)) return 0;
  bool has_standard = false;
  bool has_url = false;
  for (const char c : body) {
    if (base64_value(c) < 0) return 0;
    has_standard = has_standard || c == '+' || c == '/';
    has_url = has_url || c == '-' || c == '_';
  }
  return has_standard && has_url ? 0 : body.size() * 3 / 4;
}

bool is_uuid(std::string_view text) noexcept {
  if (ascii::starts_with(text, "urn:uuid:")) text.remove_prefix(9);
  if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : !ascii::is_hex(text[i])) return false;
  }
  return true;
}

bool is_hex_digest(std::string_view text) noexcept {
  for (const std::string_view name : {"md5:", "sha1:", "sha256:"}) {
    if (ascii::starts_with(text, name)) {
      text.remove_prefix(name.size());
      break;
    }
  }
  if (text.size() != 32 && text.size() != 40 && text.size() != 64) return false;
  return ascii::all_of(text, ascii::is_hex) && (ascii::count_of(text, ascii::is_upper) == 0 ||
                                                ascii::count_of(text, ascii::is_lower) == 0);
}

bool is_path(std::string_view text) noexcept {
  if (text.size() < 3 || text.size() > kMaxText) return false;
  if (!ascii::all_of(text, is_path_character)) return false;
  if (has_certain_root(text)) return true;
  const Names names = names_of(text);
  if (text.front() == '/') return names.is_first_word && !names.has_random;
  return names.count >= 2 && names.is_first_word && is_word(text) &&
         (names.has_extension || names.count >= 3);
}

}  // namespace logd
