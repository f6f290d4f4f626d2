// SPDX-License-Identifier: Apache-2.0
#include "sinks/utf8.h"

#include <simdjson.h>

#include "query/escape.h"

namespace logd {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

}  // namespace

bool is_utf8(std::string_view bytes) {
  return bytes.empty() || simdjson::validate_utf8(bytes.data(), bytes.size());
}

void append_utf8(std::string& to, std::string_view bytes) {
  std::size_t good = 0;  // bytes in front that are characters
  while (good < bytes.size()) {
    const std::size_t length = character_length(bytes.substr(good));
    if (length > 0) {
      good += length;
      continue;
    }
    to += bytes.substr(0, good);
    to += kReplacement;
    bytes.remove_prefix(good + 1);
    good = 0;
  }
  to += bytes;
}

std::string utf8_text(std::string_view bytes) {
  std::string text;
  append_utf8(text, bytes);
  return text;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace logd
