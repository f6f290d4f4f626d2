// SPDX-License-Identifier: Apache-2.0
#include "capture/line_framer.h"

#include <algorithm>
#include <array>

namespace logd {
namespace {

// Letters, digits, what base64, URLs, e-mail addresses and separators of numbers consist of, and
// all of UTF-8.
constexpr std::array<bool, 256> kTokenBytes = [] {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0; byte < 256; ++byte)
    table[byte] = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                  (byte >= 'a' && byte <= 'z') || byte >= 0x80;
  for (const char c : std::string_view("_-+/=.~%:@&?#$!*"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

// A backslash belongs to what follows it: an escape is not cut.
bool is_border(std::string_view bytes, std::size_t at) {
  const char last = bytes[at - 1];
  return last != '\\' && !is_token_byte(static_cast<unsigned char>(last));
}

}  // namespace

bool is_token_byte(unsigned char byte) { return kTokenBytes[byte]; }

std::size_t piece_length(std::string_view bytes, std::size_t limit) {
  const std::size_t longest = std::min(bytes.size(), limit);
  const std::size_t shortest = longest > kCutLookBackBytes ? longest - kCutLookBackBytes : 1;
  for (std::size_t length = longest; length >= shortest; --length)
    if (is_border(bytes, length)) return length;
  return longest;
}

std::size_t length_to_last_border(std::string_view bytes) {
  for (std::size_t length = bytes.size(); length > 0; --length)
    if (is_border(bytes, length)) return length;
  return 0;
}

}  // namespace logd
