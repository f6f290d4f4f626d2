// Where a string ends that began before the bytes at hand: at the same quote behind as many
// backslashes, as JSON within JSON has them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace logd {

class StringEnd {
 public:
  // No string.
  StringEnd() = default;

  // Of the string whose first byte is at `begin`, right behind its quote.
  static StringEnd of_string_at(std::string_view line, std::size_t begin) {
    StringEnd end;
    if (begin == 0 || (line[begin - 1] != '"' && line[begin - 1] != '\'')) return end;
    end.quote_ = line[begin - 1];
    std::size_t backslashes = 0;
    while (backslashes < begin - 1 && line[begin - 2 - backslashes] == '\\') ++backslashes;
    end.depth_ = backslashes == 0 ? 0 : backslashes == 1 ? 1 : 2;
    return end;
  }

  bool is_string() const { return quote_ != '\0'; }

  // Where it ends in `line` at or behind `from`: at the backslashes of the quote, or not before the
  // line does. Of quotes that stand deeper inside another, none ends it.
  std::size_t find(std::string_view line, std::size_t from) const {
    for (std::size_t at = from; (at = line.find(quote_, at)) != std::string_view::npos; ++at) {
      std::size_t backslashes = 0;
      while (backslashes < at && line[at - 1 - backslashes] == '\\') ++backslashes;
      const bool is_end = depth_ == 0   ? backslashes % 2 == 0
                          : depth_ == 1 ? backslashes % 4 <= 1
                                        : backslashes <= 3;
      if (is_end) return std::max(at - backslashes, from);
    }
    return line.size();
  }

  // 3 bits.
  std::uint32_t packed() const {
    if (!is_string()) return 0;
    return 1 + depth_ + (quote_ == '"' ? 0U : 3U);
  }
  // Any value gives one.
  static StringEnd unpacked(std::uint32_t bits) {
    StringEnd end;
    if (bits == 0 || bits > 6) return end;
    end.quote_ = bits <= 3 ? '"' : '\'';
    end.depth_ = (bits - 1) % 3;
    return end;
  }

 private:
  char quote_ = '\0';
  std::uint32_t depth_ = 0;  // of strings around it: 0, 1, or more
};

}  // namespace logd
