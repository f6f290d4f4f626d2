// SPDX-License-Identifier: Apache-2.0
#include "query/escape.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <iterator>

namespace logd {
namespace {

constexpr char kEscape = '\x1b';
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kUndim = "\x1b[22m";
constexpr std::string_view kReset = "\x1b[0m";

// A character, or a byte that is none (length 0).
struct Character {
  char32_t code = 0;
  std::size_t length = 0;
};

// Decodes the character at the front of `bytes`, by table 3-7 of the Unicode standard: no overlong
// forms, no surrogates.
Character decode(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  std::size_t length = 0;
  char32_t code = 0;
  char32_t least = 0;
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2, code = lead & 0x1f, least = 0x80;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3, code = lead & 0x0f, least = 0x800;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4, code = lead & 0x07, least = 0x10000;
  } else {
    return {};
  }
  if (bytes.size() < length) return {};
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3fu);
  }
  const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < least || code > 0x10ffff || is_surrogate) return {};
  return {code, length};
}

// C1 controls, and what changes the direction of the text around it.
bool is_hidden(char32_t code) {
  return (code >= 0x80 && code <= 0x9f) || code == 0x061c || code == 0x200e || code == 0x200f ||
         (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

// Bytes that stand for themselves everywhere; the rest need a look.
constexpr std::array<bool, 256> make_plain_bytes(bool in_json) {
  std::array<bool, 256> plain{};
  for (std::size_t i = 0x20; i < 0x7f; ++i) plain[i] = true;
  plain['\t'] = !in_json;
  if (in_json) plain['"'] = plain['\\'] = false;
  return plain;
}
constexpr auto kPlainOnTerminal = make_plain_bytes(false);
constexpr auto kPlainInJson = make_plain_bytes(true);

std::size_t plain_prefix(std::string_view bytes, const std::array<bool, 256>& plain) {
  std::size_t length = 0;
  while (length < bytes.size() && plain[static_cast<unsigned char>(bytes[length])]) ++length;
  return length;
}

void append_spelled_out(std::string& to, const Character& character, char byte, Colours colours) {
  if (colours == Colours::keep) to += kDim;
  if (character.length > 1) {
    fmt::format_to(std::back_inserter(to), "\\u{{{:x}}}",
                   static_cast<std::uint32_t>(character.code));
  } else {
    fmt::format_to(std::back_inserter(to), "\\x{:02x}", static_cast<unsigned char>(byte));
  }
  if (colours == Colours::keep) to += kUndim;
}

void append_json_escape(std::string& to, char32_t code) {
  switch (code) {
    case '"':
      to += "\\\"";
      return;
    case '\\':
      to += "\\\\";
      return;
    case '\b':
      to += "\\b";
      return;
    case '\f':
      to += "\\f";
      return;
    case '\n':
      to += "\\n";
      return;
    case '\r':
      to += "\\r";
      return;
    case '\t':
      to += "\\t";
      return;
    default:
      fmt::format_to(std::back_inserter(to), "\\u{:04x}", static_cast<std::uint32_t>(code));
  }
}

}  // namespace

std::size_t colour_length(std::string_view bytes) {
  if (bytes.size() < 3 || bytes[0] != kEscape || bytes[1] != '[') return 0;
  const std::size_t end = bytes.find_first_not_of("0123456789;:", 2);
  return end != std::string_view::npos && bytes[end] == 'm' ? end + 1 : 0;
}

void append_visible(std::string& to, std::string_view bytes, Colours colours) {
  bool is_coloured = false;
  while (!bytes.empty()) {
    const std::size_t plain = plain_prefix(bytes, kPlainOnTerminal);
    to.append(bytes.data(), plain);
    bytes.remove_prefix(plain);
    if (bytes.empty()) break;
    if (const std::size_t length = colour_length(bytes); length > 0) {
      if (colours == Colours::keep) to.append(bytes.data(), length);
      is_coloured = true;
      bytes.remove_prefix(length);
      continue;
    }
    const Character character = decode(bytes);
    const std::size_t length = character.length == 0 ? 1 : character.length;
    if (character.length > 1 && !is_hidden(character.code)) {
      to.append(bytes.data(), length);
    } else {
      append_spelled_out(to, character, bytes.front(), colours);
    }
    bytes.remove_prefix(length);
  }
  if (is_coloured && colours == Colours::keep) to += kReset;
}

bool append_json(std::string& to, std::string_view bytes) {
  bool is_utf8 = true;
  while (!bytes.empty()) {
    const std::size_t plain = plain_prefix(bytes, kPlainInJson);
    to.append(bytes.data(), plain);
    bytes.remove_prefix(plain);
    if (bytes.empty()) break;
    const Character character = decode(bytes);
    if (character.length == 0) {
      to += "\xef\xbf\xbd";
      is_utf8 = false;
      bytes.remove_prefix(1);
      continue;
    }
    if (character.length == 1 || is_hidden(character.code)) {
      append_json_escape(to, character.code);
    } else {
      to.append(bytes.data(), character.length);
    }
    bytes.remove_prefix(character.length);
  }
  return is_utf8;
}

void append_base64(std::string& to, std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < have ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      to += k <= have ? kDigits[group >> (18 - 6 * k) & 63] : '=';
    }
  }
}

}  // namespace logd
