// Says whether a text reads like words: prose, camelCase, snake_case, kebab-case, dotted and scoped
// names, as opposed to random letters and digits.
//
// Each pair of neighbouring characters costs what it is worth in names of programs and in English,
// less what it would be worth if the characters were drawn at random; a stretch of pairs that cost
// too much makes the text no word, however many words surround it. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace logd {

// Texts without letters and texts over 4 KiB are no words. How often it is wrong: of random base62
// of 12 characters 0.6 % are taken for words, of 16 less than 0.1 %, of 20 none in 20,000 (of lower
// case letters only: 3.6, 0.8 and 0.2 %). Of names in software that it was not built from 1 to 3 %
// are taken for random, of those with digits in them 5 to 13 %.
bool is_word(std::string_view text) noexcept;

}  // namespace logd
