// Counts the lines of one log backward from its end and says where reading forward must begin to
// show them.
//
// Reads only as far back as needed: the last lines of a large log cost a few blocks. Which log's
// line comes next is tail_start.h's business. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/line_reader.h"
#include "query/position.h"
#include "store/record_view.h"
#include "store/segment_list.h"
#include "store/segment_reader.h"

namespace logd {

// Reads the records of one log backward. What cannot be read is left out without a word: the
// forward pass meets it too, and reports it.
class BackwardLog {
 public:
  BackwardLog(Directory& directory, std::vector<ListedSegment> listing, std::size_t block_bytes);

  // Fills in the record before; false at the beginning.
  bool previous(RecordView& record);

  Position position() const { return position_; }  // of the record returned last

  // Behind the last record of the log when it was read first.
  Position end();

 private:
  bool load_block();
  bool open_previous_segment();
  void include_unreadable(std::uint64_t number);

  Directory& directory_;
  std::vector<ListedSegment> listing_;  // what is still to be read, oldest first
  std::size_t block_bytes_;
  std::uint64_t number_ = 0;
  std::unique_ptr<File> file_;
  std::optional<BackwardReader> reader_;
  std::string_view block_;
  std::uint64_t block_offset_ = 0;
  Position position_;
  Position end_;
};

class LineCounter {
 public:
  // With `follow`, a line that has not ended is not counted: it comes when it ends.
  LineCounter(BackwardLog log, Selection selection, bool follow);

  // Goes to the line before; false at the beginning.
  bool previous();

  // The time of that line, 29 characters, until the next call.
  std::string_view time() const { return head_.time_text(); }

  // Counts that line in.
  void count();

  // Where to begin so that exactly the lines counted are read, and what comes after them. Call it
  // once, last. Looks back for the first pieces of the lines counted, and with `follow` of lines
  // that are still to end, until it has read `look_back_bytes` without finding a piece.
  LineStart start(std::uint64_t look_back_bytes);

  // Behind the last record of the log when it was read first.
  Position end() { return log_.end(); }

 private:
  // What has been seen of a stream, going backward.
  enum class Seen : std::uint8_t { nothing, counted, closed };

  bool pull(RecordView& record);
  void want_record_before();
  bool is_piece_wanted(const RecordView& record) const;
  void take_piece(const RecordView& record);
  bool is_anything_missing() const;
  void look_back(std::uint64_t bytes);

  BackwardLog log_;
  Selection selection_;
  bool follow_;
  std::array<Seen, 2> seen_{};
  RecordView head_;
  Position head_position_;
  bool has_head_ = false;  // head_ is not counted
  bool has_counted_ = false;
  Position first_counted_;
  std::array<std::optional<Position>, 2> first_of_;  // per stream, pieces included
  // The record before the first one wanted; it may be the event that tells about a newline.
  std::optional<Position> before_;
  bool is_before_wanted_ = true;
};

}  // namespace logd
