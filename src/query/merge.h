// Merges the lines of several logs by time, then by name, the oldest or the newest first.
//
// Logs may be added, and may grow, at any moment: a line that comes late is put in its place among
// those not yet taken. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "query/line.h"

namespace logd {

enum class Order : std::uint8_t { oldest_first, newest_first };

class Merge {
 public:
  explicit Merge(Order order = Order::oldest_first) : order_(order) {}

  // Adds a log, whose lines come in this order; returns its index, counted from 0 in the order of
  // adding.
  std::size_t add(std::unique_ptr<LineSource> source);

  // Fills in the line that comes first and returns its log; null if all logs are at their ends. The
  // line is valid until the next call of anything here.
  const LineSource* next(Line& line);

  // The line that next() would return; null if all logs are at their ends.
  const Line* head();

  // Whether the log has come to its end and none of its lines is in use.
  bool is_at_end(std::size_t index) const { return !sources_[index].has_line && index != taken_; }

  // The index of the log whose line was returned last.
  std::size_t taken() const { return taken_; }

  // Takes up a log again that had come to its end.
  void look_again(std::size_t index);

  std::size_t size() const { return sources_.size(); }

 private:
  struct Source {
    std::unique_ptr<LineSource> lines;
    Line line;
    bool has_line = false;
  };
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  void advance(std::size_t index);
  bool comes_later(std::size_t a, std::size_t b) const;

  Order order_;
  std::vector<Source> sources_;
  std::vector<std::size_t> heads_;  // a heap: sources that have a line, the one that comes first
  std::size_t taken_ = kNone;       // whose line was given out last
};

}  // namespace logd
