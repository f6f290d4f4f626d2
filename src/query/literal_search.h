// Finds one literal in a text, in the text's case or in any, several bytes at a time.
//
// What a literal is taken from is text_matcher.h's business; many literals at once are
// mask/literal_finder.h's. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace logd {

enum class LetterCase : unsigned char { exact, any };

class LiteralSearch {
 public:
  // With LetterCase::any the case of ASCII letters does not count; other bytes are as they are.
  LiteralSearch(std::string_view literal, LetterCase letter_case);

  // First place at or after `from` where the literal stands; npos if there is none. An empty one
  // stands everywhere. The literal's length times the text's bounds the time.
  std::size_t find(std::string_view text, std::size_t from = 0) const;

  const std::string& literal() const { return literal_; }  // in lower case with LetterCase::any

 private:
  bool is_at(const char* place) const;
  bool scan(std::string_view text, std::size_t& at) const;
  bool scan_avx2(std::string_view text, std::size_t& at) const;

  std::string literal_;
  bool any_case_;
  // Where the two bytes stand that are looked for first, since they are rare in logs.
  std::size_t rare_ = 0;
  std::size_t second_rare_ = 0;
};

}  // namespace logd
