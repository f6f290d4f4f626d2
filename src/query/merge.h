// Merges the lines of several logs by time, then by name.
//
// Logs may be added, and may grow, at any moment: a line that comes late is put in its place among
// those not yet taken. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "query/line_reader.h"

namespace logd {

class Merge {
 public:
  // Adds a log; returns its index, counted from 0 in the order of adding.
  std::size_t add(std::unique_ptr<LineReader> reader);

  // Fills in the line that comes first and returns its log; null if all logs are at their ends. The
  // line is valid until the next call of anything here.
  LineReader* next(Line& line);

  // Takes up a log again that had come to its end.
  void look_again(std::size_t index);

  LineReader& reader(std::size_t index) { return *sources_[index].reader; }
  std::size_t size() const { return sources_.size(); }

 private:
  struct Source {
    std::unique_ptr<LineReader> reader;
    Line line;
    bool has_line = false;
  };
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  void advance(std::size_t index);
  bool is_later(std::size_t a, std::size_t b) const;

  std::vector<Source> sources_;
  std::vector<std::size_t> heads_;  // a heap: sources that have a line, the earliest first
  std::size_t taken_ = kNone;       // whose line was given out last
};

}  // namespace logd
