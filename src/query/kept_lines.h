// Keeps copies of the last few lines that were read: those that may stand before a match.
//
// One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "query/line.h"

namespace logd {

// Beyond this the oldest go, however few they are.
inline constexpr std::uint64_t kMaxKeptBytes = 64_MiB;

class KeptLines {
 public:
  // Adds a line behind the others; of more than `limit` lines the oldest go. True if one went.
  bool add(const Line& line, const LogName& log, std::uint64_t limit);

  // Takes the oldest one, valid until the next call; false if there is none.
  bool take(Line& line, const LogName*& log);

  bool is_empty() const { return lines_.empty(); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  struct Kept {
    Line line;  // its views are into `bytes`
    std::string bytes;
    const LogName* log;
  };

  void drop_oldest();

  std::deque<Kept> lines_;
  Kept taken_{};
  std::uint64_t bytes_ = 0;
};

}  // namespace logd
