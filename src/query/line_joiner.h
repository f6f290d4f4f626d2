// Makes lines of records: picks those that are wanted, joins the pieces of a line and knows where a
// stream ended without a newline.
//
// Reads nothing: line_reader.h and reverse_lines.h bring the records of a log, in their order. One
// thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "query/line.h"
#include "query/log_cursor.h"
#include "store/record_view.h"

namespace logd {

class LineJoiner {
 public:
  // `held_bytes` is shared by all of one query and outlives them.
  LineJoiner(const LineOptions& options, std::uint64_t& held_bytes)
      : options_(options), held_bytes_(held_bytes) {}
  ~LineJoiner() { clear(); }
  LineJoiner(const LineJoiner&) = delete;
  LineJoiner& operator=(const LineJoiner&) = delete;

  // Begins anew: takes only what stands at `start` or behind it.
  void begin(const LineStart& start);

  // Takes the next record; true if a line or an event ends with it, which is valid until the next
  // call and as long as the record is.
  bool take(const RecordView& record, Position position, Line& line);

  // Whether what was taken says something about a record that is still to come.
  bool is_waiting() const;

  // The line of `stream` that has not ended, as far as it is known; false if there is none. It is
  // then forgotten.
  bool take_unended(Stream stream, Line& line);

  // Where that line begins, or what says that it has no newline.
  std::optional<RecordPlace> unended_from(Stream stream) const;

 private:
  struct Unended {
    std::string bytes;  // of the pieces so far
    std::string time;   // of the last piece
    Position last;
    Position first;
    WallTime first_time;
    bool is_begun = false;
  };

  bool take_event(const RecordView& record, Position position, Line& line);
  bool take_record(const RecordView& record, Position position, Line& line);
  void drop_shown();
  void drop(Unended& unended);
  void clear();

  LineOptions options_;
  std::uint64_t& held_bytes_;
  LineStart start_;
  std::array<Unended, 2> unended_;            // by stream
  std::array<bool, 2> lacks_newline_{};       // the stream's next F record
  std::array<RecordPlace, 2> no_newline_at_;  // where that is said
  Unended* shown_ = nullptr;                  // what the last line points into
  std::optional<std::uint64_t> run_;
};

}  // namespace logd
