// Says what class an ASCII byte is of; bytes from 0x80 on are of none. Pure, knows no locale.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace logd::ascii {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
constexpr bool is_letter(char c) noexcept { return is_upper(c) || is_lower(c); }
constexpr bool is_alnum(char c) noexcept { return is_letter(c) || is_digit(c); }
constexpr bool is_hex(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
// UTF-8 beyond ASCII, and Latin-1.
constexpr bool is_high(char c) noexcept { return static_cast<unsigned char>(c) >= 0x80; }

constexpr char to_lower(char c) noexcept {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr char to_upper(char c) noexcept {
  return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}

// `text` in lower case is `lower`.
constexpr bool equals(std::string_view text, std::string_view lower) noexcept {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (to_lower(text[i]) != lower[i]) return false;
  }
  return true;
}

constexpr bool starts_with(std::string_view text, std::string_view lower) noexcept {
  return equals(text.substr(0, lower.size()), lower);
}

constexpr bool ends_with(std::string_view text, std::string_view lower) noexcept {
  return text.size() >= lower.size() && equals(text.substr(text.size() - lower.size()), lower);
}

template <typename Class>
constexpr bool all_of(std::string_view text, Class is_member) noexcept {
  for (const char c : text) {
    if (!is_member(c)) return false;
  }
  return true;
}

template <typename Class>
constexpr std::size_t count_of(std::string_view text, Class is_member) noexcept {
  std::size_t count = 0;
  for (const char c : text) count += is_member(c) ? 1 : 0;
  return count;
}

}  // namespace logd::ascii
