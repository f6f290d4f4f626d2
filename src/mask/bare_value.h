// Finds the end of a value that stands in no quotes, and says whether it is one at all.
//
// A password may hold any sign, and most signs may end one. Blanks, quotes, colours and escaped
// newlines always end it; '&', ',', ';', '|' and closing brackets do if what follows looks like the
// next key or like the end of what is around. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "mask/value.h"

namespace logd {

std::size_t bare_value_end(std::string_view text, std::size_t begin, Dress dress) noexcept;

// False for what is left of a mask, a call ("getToken()"), an amount ("tokens=512"), and for prose
// behind a colon ("password: must not be empty") or "is".
bool is_bare_value(std::string_view text, std::size_t begin, std::size_t end,
                   const Value& value) noexcept;

// Three to eight words in lower case up to the end of the line, none of which a message about
// passwords would have: "correct horse battery staple".
bool is_passphrase(std::string_view text, std::size_t begin) noexcept;

}  // namespace logd
