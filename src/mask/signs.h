// Reads the signs that a line is built of - quotes, '=', ':', brackets, colours - in any spelling
// that loggers give them: raw, behind backslashes, as %22, as &quot;, as \u0022, as "typographic".
//
// A sign keeps its meaning however often the text around it was encoded, so the scanners ask for
// the sign and not for the bytes. All look at a bounded number of bytes for each sign. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mask/ascii.h"

namespace logd {

enum class Spelling : std::uint8_t { raw, percent, entity, escape, typographic };

struct Sign {
  char c = '\0';
  std::uint8_t size = 1;         // bytes in the line, backslashes in front included
  std::uint8_t backslashes = 0;  // in front of a quote or of an escape
  Spelling spelling = Spelling::raw;
};

inline constexpr char kEscape = '\x1b';

// The sign at `at`, which lies in `text`. Letters and digits are never decoded; an escaped newline,
// tab or carriage return is the control character.
Sign sign_at(std::string_view text, std::size_t at) noexcept;

constexpr bool is_quote(char c) noexcept { return c == '"' || c == '\'' || c == '`'; }
constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\t'; }

// Bytes that are themselves wherever they stand: they begin no sign and end no value.
inline constexpr std::array<bool, 256> kPlainBytes = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0; byte < plain.size(); ++byte) {
    const char c = static_cast<char>(byte);
    const bool is_high = ascii::is_high(c) && c != '\xe2';
    plain[byte] = ascii::is_alnum(c) || is_high || c == '_' || c == '-' || c == '.' || c == '+' ||
                  c == '~' || c == '=';
  }
  return plain;
}();

// The first place from `at` on that is not plain. Most bytes of most values are; this makes looking
// for the end of a long one several times as fast.
inline std::size_t skip_plain(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && kPlainBytes[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

// Bytes of the colour sequence (or other terminal control) at `at`, raw or escaped; 0 if none.
std::size_t colour_size(std::string_view text, std::size_t at) noexcept;

// The first place from `at` on that is neither a blank nor part of a colour.
std::size_t skip_blanks(std::string_view text, std::size_t at) noexcept;

// Where the text in quotes ends that begins at `at`, behind the quote `open`: the place of the
// quote of the same spelling at the same depth, or of one that ends a text around it. npos if there
// is none.
std::size_t quoted_end(std::string_view text, std::size_t at, Sign open) noexcept;

// Whether a word may begin at `at`: nothing before it belongs to the same word. The end of an
// escape (\n, %26, \u0026) or of a colour is no letter.
bool is_behind_border(std::string_view text, std::size_t at) noexcept;

}  // namespace logd
