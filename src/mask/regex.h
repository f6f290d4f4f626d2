// A regular expression over bytes, as the rules use them: RE2, in Latin-1.
//
// In RE2's UTF-8 mode a match stops at an invalid byte and the rest of a secret stays visible, so
// every expression is compiled as Latin-1. Matching takes time linear in the text. Any thread, once
// made.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "logd/result.h"

namespace re2 {
class RE2;
}

namespace logd {

class Regex {
 public:
  struct Match {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t group_begin = 0;
    std::size_t group_end = 0;
  };
  enum class At { start, anywhere };

  // Errors: invalid (RE2's reason; or it would take too much memory).
  static Result<Regex> compile(std::string_view expression);

  // With as much memory for its automatons: more of it is faster on texts of many kinds.
  static Result<Regex> compile(std::string_view expression, std::int64_t memory_bytes);

  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  int groups() const;

  // The leftmost match in [from, to) of `text`, whose bytes before `from` are seen by \b and ^
  // only. `group` that took no part gives an empty range at the match's end.
  std::optional<Match> find(std::string_view text, std::size_t from, std::size_t to, At at,
                            int group) const;

  bool is_in(std::string_view text) const;

  // Bytes that the compiled program takes, roughly.
  std::size_t program_size() const;

 private:
  explicit Regex(std::unique_ptr<re2::RE2> regex);
  std::unique_ptr<re2::RE2> regex_;
};

// Splits an expression at the bars that stand in no group and no class.
std::vector<std::string_view> alternatives(std::string_view expression);

}  // namespace logd
