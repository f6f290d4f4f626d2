// Finds all occurrences of many literals in a text in one pass, whatever the case of their letters:
// a dense Aho-Corasick automaton that several parts of the text go through side by side.
//
// Each step of the automaton waits for the one before it, so that the processor idles; with several
// lanes it does not. Literals are cut to kMaxDepth bytes, which keeps the table small: who gets a
// hit looks at the rest. Every literal that ends at a byte is told, also one that is the end of
// another. Immutable; any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logd {

class LiteralFinder {
 public:
  // Bytes of a literal that the automaton knows.
  static constexpr std::size_t kMaxDepth = 8;

  // A state of the automaton in which literals end, and the last byte of them.
  struct Hit {
    std::uint32_t last = 0;   // position of the byte
    std::uint32_t state = 0;  // for literals_at()
  };

  // Bytes of all literals, each cut to kMaxDepth, that always fit.
  static constexpr std::size_t kMaxBytes = 32767;

  // `literals` are lower case, not empty, and of kMaxBytes.
  explicit LiteralFinder(std::span<const std::string> literals);

  // Appends the hits in `text` (at most 4 GiB) in the order of their position.
  void find(std::string_view text, std::vector<Hit>& hits) const;

  // The same by one lane, step by step: what find() must agree with.
  void find_simple(std::string_view text, std::vector<Hit>& hits) const;

  // Indexes of the literals (cut to kMaxDepth) that end with the hit.
  std::span<const std::uint16_t> literals_at(const Hit& hit) const {
    const std::uint32_t output = hit.state - output_bit_;
    return std::span(outputs_).subspan(output_begin_[output],
                                       output_begin_[output + 1] - output_begin_[output]);
  }

  std::size_t bytes() const;

 private:
  struct Node;
  class Builder;
  template <std::uint32_t kShift>
  void find_in_lanes(std::string_view text, std::vector<Hit>& hits) const;
  std::uint32_t walk(std::string_view text, std::size_t from, std::size_t to, std::uint32_t state,
                     std::vector<Hit>& hits) const;

  std::array<std::uint8_t, 256> class_of_{};
  std::uint32_t shift_ = 0;          // a row has 1 << shift_ entries
  std::uint32_t output_bit_ = 0;     // set in the numbers of the states that have outputs
  std::vector<std::uint16_t> next_;  // by state << shift_ | class
  std::vector<std::uint16_t> outputs_;
  std::vector<std::uint32_t> output_begin_;  // by state - output_bit_, and one more
};

}  // namespace logd
