// Finds the values of keys such as "password", wherever a log line may write key and value.
//
//   value     = key dress separator dress value
//   key       = a name whose last word is the keyword (key.h)
//   dress     = blanks, colours, closing quotes of any spelling (signs.h), "]", "*"
//   separator = "=" | ":" | "=>" | ":=" | "->" | "==" in any spelling | " is " | " was "
//             | " to " before a quote | a tab | ";s:7:" of PHP | ">" of <password>...</password>
//   value     = quoted, bracketed, an array, an element, or bare (value.h)
//
//             | a blank, or quotes and a comma, behind an option ("--password x")
//
// Not "::" and "://". A list gives a secret for each of its members; an object gives none. What
// looks like a secret and is a filler or a word is returned like any other, as a whole, for
// validators to turn down. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mask/scanner.h"

namespace logd {

void scan_key_value(const KeywordHit& hit, Secrets& secrets) noexcept;

}  // namespace logd
