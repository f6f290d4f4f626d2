// SPDX-License-Identifier: Apache-2.0
#include "mask/filler.h"

#include <cstddef>

#include "mask/ascii.h"

namespace logd {
namespace {

// The longest prefix of a key, such as "sk_live_".
constexpr std::size_t kMaxPrefix = 12;

bool is_separator(char c) { return c == '-' || c == '_' || c == '.' || c == ':' || c == ' '; }
bool is_filler_character(char c) {
  return c == '*' || c == '.' || c == '#' || c == '?' || ascii::to_lower(c) == 'x';
}

// "xxxx", "sk-0000-0000", "AKIAXXXXXXXXXXXXXXXX": what ends the text is one character, separators
// left out, and there is more of it than chance or a key's own padding brings about.
bool ends_in_one_repeated(std::string_view text) {
  const char last = ascii::to_lower(text.back());
  std::size_t begin = text.size();
  std::size_t repeated = 0;
  while (begin > 0) {
    const char c = ascii::to_lower(text[begin - 1]);
    if (c != last && !is_separator(c)) break;
    repeated += c == last ? 1 : 0;
    --begin;
  }
  if (begin == 0) return repeated >= 3 || (repeated == 2 && is_filler_character(last));
  const bool is_part = is_separator(text[begin]) || is_separator(text[begin - 1]);
  if (is_part && begin <= kMaxPrefix) return repeated >= (is_filler_character(last) ? 3U : 8U);
  return repeated >= 8 && repeated * 2 >= text.size();
}

bool is_next(char c, char next) {
  const bool is_counted = ascii::is_alnum(c) && ascii::is_alnum(next) && next == c + 1;
  return is_counted || (c == '9' && next == '0');
}

// Where long sequences go on: 9 with a, f and z with 0.
bool is_carried(char c, char next) {
  return (c == '9' && next == 'a') || ((c == 'f' || c == 'z') && next == '0');
}

// 1234, abcdef, 8765, 0123456789abcdef; in long texts runs may follow each other.
bool is_sequence(std::string_view text) {
  const std::size_t allowed = text.size() < 16 ? 0 : text.size() / 6;
  std::size_t size = 0;
  std::size_t rising_breaks = 0;
  std::size_t falling_breaks = 0;
  char last = '\0';
  for (const char original : text) {
    if (is_separator(original)) continue;
    const char c = ascii::to_lower(original);
    if (size++ != 0) {
      const bool may_carry = allowed != 0 && is_carried(last, c);
      rising_breaks += is_next(last, c) || may_carry ? 0 : 1;
      falling_breaks += is_next(c, last) ? 0 : 1;
      if (rising_breaks > allowed && falling_breaks > allowed) return false;
    }
    last = c;
  }
  return size >= 4;
}

// Also behind a prefix: sk-1234567890.
bool ends_in_sequence(std::string_view text) {
  if (is_sequence(text)) return true;
  const std::size_t separator = text.substr(0, kMaxPrefix).find_last_of("-_");
  if (separator == std::string_view::npos) return false;
  const std::string_view rest = text.substr(separator + 1);
  return rest.size() >= 8 && is_sequence(rest);
}

// abababab, 1a2b1a2b1a2b1a2b: a few characters over and over.
bool is_short_period(std::string_view text) {
  for (const std::size_t period : {2U, 3U, 4U}) {
    if (text.size() < 4 * period || text.size() < 8) return false;
    if (text.substr(period) == text.substr(0, text.size() - period)) return true;
  }
  return false;
}

}  // namespace

bool is_filler(std::string_view text) noexcept {
  return ends_in_one_repeated(text) || ends_in_sequence(text) || is_short_period(text);
}

}  // namespace logd
