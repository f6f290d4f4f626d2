// Matches tokens of a fixed shape, such as a prefix and 36 letters or digits, without a regular
// expression engine: a few table look-ups a byte.
//
// Most rules are regular expressions of this simple form. parse() takes those whose meaning a walk
// from left to right without a step back gives exactly; all others stay with regex.h. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace logd {

// 256 bits, one for each byte.
class ByteClass {
 public:
  constexpr bool has(unsigned char byte) const {
    return (bits_[byte >> 6] >> (byte & 63) & 1) != 0;
  }
  constexpr void add(unsigned char byte) { bits_[byte >> 6] |= std::uint64_t{1} << (byte & 63); }
  constexpr void invert() {
    for (std::uint64_t& word : bits_) word = ~word;
  }
  constexpr void unite(const ByteClass& other) {
    for (std::size_t i = 0; i < 4; ++i) bits_[i] |= other.bits_[i];
  }
  constexpr bool meets(const ByteClass& other) const {
    for (std::size_t i = 0; i < 4; ++i) {
      if ((bits_[i] & other.bits_[i]) != 0) return true;
    }
    return false;
  }
  // Letters of either case for those of one.
  void fold_case();
  friend constexpr bool operator==(const ByteClass&, const ByteClass&) = default;

 private:
  std::uint64_t bits_[4] = {};
};

class TokenPattern {
 public:
  struct Match {
    std::size_t end = 0;  // of the match; it begins where it was asked for
    std::size_t secret_begin = 0;
    std::size_t secret_end = 0;
  };

  // Reads a regular expression (RE2 syntax) whose capture `group` (0: all of it, 1) is the secret.
  // Nothing where it needs more than literals, classes and counts, alternatives only at its very
  // beginning, and no step back.
  static std::optional<TokenPattern> parse(std::string_view regex, int group);

  // Matches at the beginning of `text`; takes as much as the counts allow. Positions are relative
  // to `text`.
  std::optional<Match> match(std::string_view text) const {
    std::size_t looked = 0;
    return match(text, looked);
  }
  // `looked` grows by the bytes that were looked at.
  std::optional<Match> match(std::string_view text, std::size_t& looked) const;

  // Bytes that every match has at least.
  std::size_t min_bytes() const { return min_bytes_; }

  // What a match may begin with.
  ByteClass first_bytes() const;

  // What its last bytes may be, where it is not fixed how many there are.
  ByteClass variable_end() const;

 private:
  struct Element {
    ByteClass bytes;
    std::uint32_t min = 1;
    std::uint32_t max = 1;
  };
  struct Branch {
    std::vector<Element> elements;
    std::size_t secret_first = 0;  // elements before the secret
    std::size_t secret_last = 0;   // elements up to its end
  };
  class Parser;

  static bool needs_no_step_back(const Branch& branch);
  static std::optional<Match> match(const Branch& branch, std::string_view text,
                                    std::size_t& looked);

  std::vector<Branch> branches_;
  std::size_t min_bytes_ = 0;
};

}  // namespace logd
