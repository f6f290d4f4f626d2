// Reads the keys that somebody presses from the bytes that a terminal sends for them.
//
// Only what logctl's screens use is told apart; the rest is Key::unknown. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace logd {

struct Key {
  enum class Kind : std::uint8_t {
    text,  // `text`: one character
    up,
    down,
    page_up,
    page_down,
    home,
    end,
    enter,
    escape,
    backspace,
    unknown,
  };
  Kind kind = Kind::unknown;
  std::string text;

  bool is(char character) const {
    return kind == Kind::text && text.size() == 1 && text[0] == character;
  }
};

// The keys in `bytes`, as one read() gave them. An escape sequence comes in one piece; a lone
// escape is the key.
std::vector<Key> parse_keys(std::string_view bytes);

}  // namespace logd
