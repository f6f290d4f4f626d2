// Says whether a text stands where a secret would stand, but is none: a filler, a variable, a word
// such as null, an example out of a manual, or what another masker left.
//
// A secret that only contains such a word is none of these: real keys hold "wwW" and "null" by
// chance. Where it is doubtful, the text counts as a secret. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace logd {

// What is taken for a placeholder, in any case of letters, with quotes around it or not:
// - nothing, a single sign, one character repeated: "xxxx", "****", "sk-0000-0000", "AKIAXXXXXXXX"
// - the greater part of it hidden or left out: "****1234", "sk-...", "eyJhbGci…"
// - a variable or what a formatter fills in: ${X}, {{ x }}, $(x), #{x}, %s, %(x)s, %X%, $DB_PASS,
// {0}
// - words in brackets, and our own masks: <your token>, [Filtered], (null), [masked:card:…1111]
// - null, nil, none, true, undefined, n/a, required, invalid, redacted, changeme, ...
// - your-..., example, placeholder, insert-...-here, AWS's ...EXAMPLEKEY
// - pure sequences of four or more: 1234, abcdef, 87654321, sk-0123456789abcdef
// Texts over 512 bytes are none.
bool is_placeholder(std::string_view text) noexcept;

}  // namespace logd
