// SPDX-License-Identifier: Apache-2.0
#include "sinks/reason.h"

#include <algorithm>

#include "sinks/utf8.h"

namespace logd {
namespace {

// Enough to fill a reason whatever becomes of it.
constexpr std::size_t kReadBytes = 4 * kMaxReasonBytes;

// Controls, those of two bytes (C1) among them, and blanks.
bool is_gap(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  return byte <= 0x20 || byte == 0x7f ||
         (byte == 0xc2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0);
}

// "https://user:password@host" without what stands before '@'.
std::string without_users(std::string_view text) {
  constexpr std::string_view kSlashes = "://";
  std::string rest;
  while (true) {
    const std::size_t slashes = text.find(kSlashes);
    if (slashes == std::string_view::npos) return rest += text;
    const std::size_t begin = slashes + kSlashes.size();
    rest += text.substr(0, begin);
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of("/?# \t\r\n\"'"), text.size());
    const std::size_t at = text.substr(0, end).rfind('@');
    if (at != std::string_view::npos) text.remove_prefix(at + 1);
  }
}

}  // namespace

std::string clean_reason(std::string_view text) {
  const std::string whole = utf8_text(without_users(text.substr(0, kReadBytes)));
  std::string line;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (!is_gap(whole, i)) {
      line += whole[i];
      continue;
    }
    if (static_cast<unsigned char>(whole[i]) == 0xc2) ++i;
    if (!line.empty() && line.back() != ' ') line += ' ';
  }
  if (line.ends_with(' ')) line.pop_back();
  return std::string(utf8_prefix(line, kMaxReasonBytes));
}

}  // namespace logd
