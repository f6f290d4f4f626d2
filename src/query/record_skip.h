// Passes over records that a query cannot want, without taking them apart.
//
// It stops at each record that may be wanted, and at what must be seen whatever is wanted: pieces
// of lines, events, and NULs, which may stand where records were. Most of what is searched is
// passed over at the speed of a search for a few bytes. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "query/line.h"
#include "query/position.h"

namespace logd {

// Where the first of `records`, whole ones, stands that is not a whole line of the other stream: a
// record of this one, a piece, an event, or what is no record; behind them all if there is none.
std::size_t find_stream(std::string_view records, Stream stream);

class RecordSkip {
 public:
  // `search` finds the records that may be wanted; none: it passes over nothing.
  explicit RecordSkip(CandidateSearch search) : search_(std::move(search)) {}

  // How many bytes at the front of `records` are passed over; they are whole records. `records` are
  // whole too, and the first one stands at `at`. Cheap if called again and again with what is left.
  std::size_t passable(Position at, std::string_view records);

  // From now on another log is read.
  void forget() { candidate_ = special_ = {}; }

 private:
  // From `from` up to `next` there is none.
  struct Stop {
    Position from;
    Position next;
  };

  template <typename Find>
  static std::size_t find_stop(Stop& known, Position at, std::string_view records, Find find);

  CandidateSearch search_;
  Stop candidate_;
  Stop special_;
};

}  // namespace logd
