// SPDX-License-Identifier: Apache-2.0
#include "query/escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace logd {
namespace {

constexpr char kEscape = '\x1b';
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kUndim = "\x1b[22m";
constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kMarked = "\x1b[7m";
constexpr std::string_view kUnmarked = "\x1b[27m";

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

// C1 controls, line separators, and what changes the direction of the text around it.
bool is_hidden(char32_t code) {
  return (code >= 0x80 && code <= 0x9f) || code == 0x061c || code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
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

// Takes the number in front of the next ';' off the parameters of an SGR sequence. One with
// sub-parameters behind colons counts as none that we know.
int take_parameter(std::string_view& parameters) {
  const std::size_t end = std::min(parameters.find(';'), parameters.size());
  int number = 0;
  for (const char c : parameters.substr(0, end)) {
    number = c == ':' || number > 999 ? 9999 : number * 10 + (c - '0');
  }
  parameters.remove_prefix(std::min(end + 1, parameters.size()));
  return number;
}

// Whether an SGR sequence conceals the text behind it (parameter 8), which is no colour.
bool hides_text(std::string_view sequence) {
  std::string_view parameters = sequence.substr(2, sequence.size() - 3);
  while (!parameters.empty()) {
    const int number = take_parameter(parameters);
    if (number == 8) return true;
    if (number != 38 && number != 48 && number != 58) continue;
    // The numbers of a colour: 5;N or 2;R;G;B.
    const int kind = take_parameter(parameters);
    for (int i = kind == 5 ? 1 : kind == 2 ? 3 : 0; i > 0; --i) take_parameter(parameters);
  }
  return false;
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

std::size_t character_length(std::string_view bytes) { return decode(bytes).length; }

std::size_t colour_length(std::string_view bytes) {
  if (bytes.size() < 3 || bytes[0] != kEscape || bytes[1] != '[') return 0;
  const std::size_t end = bytes.find_first_not_of("0123456789;:", 2);
  return end != std::string_view::npos && bytes[end] == 'm' ? end + 1 : 0;
}

void append_visible(std::string& to, std::string_view bytes, Colours colours,
                    std::span<const ByteRange> marked) {
  if (colours == Colours::strip) marked = {};
  bool is_coloured = false;
  bool is_marked = false;
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (is_marked && at >= marked.front().end) {
      to += kUnmarked;
      is_marked = false;
      marked = marked.subspan(1);
      continue;
    }
    if (!is_marked && !marked.empty() && at >= marked.front().begin) {
      to += kMarked;
      is_marked = true;
      continue;
    }
    const std::size_t border = marked.empty() ? bytes.size()
                               : is_marked    ? marked.front().end
                                              : marked.front().begin;
    const std::size_t plain = plain_prefix(bytes.substr(at, border - at), kPlainOnTerminal);
    if (plain > 0) {
      to.append(bytes.data() + at, plain);
      at += plain;
      continue;
    }
    const std::string_view rest = bytes.substr(at);
    const std::size_t sequence = colour_length(rest);
    if (sequence > 0 && (colours == Colours::strip || !hides_text(rest.substr(0, sequence)))) {
      if (colours == Colours::keep) to.append(rest.data(), sequence);
      if (is_marked) to += kMarked;  // which the sequence may have ended
      is_coloured = true;
      at += sequence;
      continue;
    }
    const Character character = decode(rest);
    const std::size_t length = character.length == 0 ? 1 : character.length;
    if (character.length > 1 && !is_hidden(character.code)) {
      to.append(rest.data(), length);
    } else {
      append_spelled_out(to, character, rest.front(), colours);
    }
    at += length;
  }
  if (is_marked) to += kUnmarked;
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
