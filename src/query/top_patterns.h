// Counts patterns and keeps those that are most frequent, in bounded memory: for `stats`.
//
// This is Space-Saving (Metwally, Agrawal, El Abbadi 2005): when all counters are taken, a new
// pattern takes over the smallest one and its count, which is from then on its error. So a count is
// never too small and too large by at most its error; every pattern with more than total / capacity
// of all lines is among the counters; and with no more patterns than counters all counts are
// exact. How a line becomes a pattern is line_pattern.h's business. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace logd {

class TopPatterns {
 public:
  struct Entry {
    std::string pattern;
    std::uint64_t lines = 0;  // at most
    std::uint64_t error = 0;  // lines - error at least
  };

  // `capacity`: patterns that are counted at a time, at least 1; each takes its bytes and about
  // 100.
  explicit TopPatterns(std::size_t capacity);

  // Copies `pattern` only when it is new.
  void count(std::string_view pattern, std::uint64_t lines = 1);

  // At most `most` patterns, the most frequent first, of equal ones by their bytes.
  std::vector<Entry> top(std::size_t most) const;

  std::uint64_t total_lines() const { return total_lines_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  struct Counter {
    const std::string* pattern = nullptr;  // the key in places_
    std::uint64_t lines = 0;
    std::uint64_t error = 0;
  };
  using Places = std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>>;

  void sink(std::size_t place);
  void rise(std::size_t place);
  void put(std::size_t place, Counter counter);

  std::size_t capacity_;
  std::uint64_t total_lines_ = 0;
  Places places_;              // in heap_
  std::vector<Counter> heap_;  // the smallest count first
};

}  // namespace logd
