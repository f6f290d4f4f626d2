// Says whether a text was typed to fill a place: one character, a count or a short pattern over and
// over, alone or behind the prefix of a key.
//
// Random texts hold runs too, and keys hold padding, so most of the text must be of that kind.
// Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace logd {

// "xxxx", "sk-0000-0000", "AKIAXXXXXXXX", "1234", "sk-0123456789abcdef", "abababab"; `text` is not
// empty.
bool is_filler(std::string_view text) noexcept;

}  // namespace logd
