// Matches the most frequent form of a rule for a value that has no form of its own: a vendor's
// name, a word like "token" not far behind it, separators, and the value.
//
//   (?i)NAME(?:.{0,40}?(?:WORDS)[a-z_]{0,12}SEPARATORS{1,16}|ASSIGNMENT)(VALUE)END
//
// RE2 would need a slow engine to say where the value begins; a walk with a few steps back finds
// the same match in a fraction of the time. parse() takes expressions that are spelled exactly like
// this, with what kSeparators and kAssignment say. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "mask/scanner.h"
#include "mask/token_pattern.h"

namespace logd {

class ContextPattern {
 public:
  // Reads a regular expression whose only capture group is the secret. Nothing where it is of
  // another form.
  static std::optional<ContextPattern> parse(std::string_view regex, int group);

  // Matches at line[at]; sees nothing from `to` on.
  std::optional<Secret> match(std::string_view line, std::size_t at, std::size_t to) const;

 private:
  // A word, and what its end must be like.
  struct Word {
    TokenPattern pattern;
    bool ends_at_border = false;
  };
  struct Search;

  static bool read_words(std::string_view text, std::vector<Word>& words);
  static bool read_values(std::string_view text, std::vector<TokenPattern>& values);

  bool read_value_and_end(std::string_view text);

  std::vector<Word> names_;
  std::vector<Word> words_;
  ByteClass letters_;  // behind a word
  ByteClass word_begins_;
  std::vector<TokenPattern> values_;
  ByteClass not_behind_;  // what may not follow the value
  bool has_not_behind_ = false;
  bool ends_at_border_ = false;  // \b behind the value
};

}  // namespace logd
