// Tells whether a line's bytes match one of several patterns, and where: -g, search, --highlight,
// --until-match.
//
// A pattern is a regular expression of RE2 over bytes (Latin-1): "." is one byte, and a character
// that is not ASCII stands for its bytes; in a [class] it is refused. Its case counts only if it
// has an upper-case letter ("smart case"; the letters of \S, \pL, (?P<Name> and so on do not
// count), and never with ignores_case. With is_fixed a pattern is text.
//
// Where a pattern has a part that every match must hold, lines without it are turned down without
// the expression. Immutable; any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logd/result.h"
#include "mask/regex.h"
#include "query/byte_range.h"
#include "query/literal_search.h"

namespace logd {

struct PatternOptions {
  bool is_fixed = false;
  bool ignores_case = false;
};

class TextMatcher {
 public:
  static constexpr std::size_t kMaxPatternBytes = 4096;
  static constexpr std::size_t kMaxPatterns = 256;

  // A line matches if one of `patterns` does; none match nothing. `option` names what they were
  // given for; empty: no option of a command. Errors: invalid, with the pattern and what is wrong
  // in it.
  static Result<TextMatcher> compile(const std::vector<std::string>& patterns,
                                     const PatternOptions& options, std::string_view option);

  bool matches(std::string_view line) const;

  // The leftmost match at or after `from`.
  std::optional<ByteRange> find(std::string_view line, std::size_t from = 0) const;

  // Whether next_candidate() can pass anything over.
  bool has_candidates() const { return needed_.has_value(); }

  // Whether every candidate is a match.
  bool is_literal() const { return !regex_; }

  // First byte at or after `from` in `bytes`, which may be many lines, from which on a line may
  // match; npos if none there does. A line that ends before that byte does not match. Most useful
  // for whole blocks of a segment, whose lines need not be taken apart up to there; says `from`
  // where there is no such short cut.
  std::size_t next_candidate(std::string_view bytes, std::size_t from) const;

 private:
  TextMatcher() = default;

  // In every match; with one pattern only.
  std::optional<LiteralSearch> needed_;
  // Nothing if needed_ is all of the pattern.
  std::optional<Regex> regex_;
};

// The longest text that every match of `expression` holds; empty if none is known. Exact in case.
std::string needed_literal(std::string_view expression);

// Whether an expression has an upper-case letter that stands for itself.
bool has_upper_case(std::string_view expression);

}  // namespace logd
