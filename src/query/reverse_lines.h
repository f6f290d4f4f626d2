// Reads one log backward, line by line, the newest first: what `--reverse` and the last N need.
//
// Blocks come from backward_log.h. Where the first line of a stream in a block begins is looked up
// in the blocks before it; a few of them are kept until their turn comes, so that most bytes are
// read once. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "query/backward_log.h"
#include "query/line.h"
#include "query/line_joiner.h"
#include "query/record_skip.h"

namespace logd {

// How far to look for another piece of a line where there is none.
inline constexpr std::uint64_t kMaxLookBackBytes = 16_MiB;

class ReverseLines final : public LineSource {
 public:
  // Looks back so many bytes at most for each piece of a line. Of a line longer than kMaxHeldBytes
  // only the end is given. `held_bytes` is shared by all of one query and outlives them.
  ReverseLines(LogName name, BackwardLog log, const LineOptions& options,
               std::uint64_t look_back_bytes, std::uint64_t& held_bytes);

  // Leaves out what stands before `start`; pieces that are not joined by the stream's own.
  void stop_at(const LineStart& start) { start_ = start; }

  // A line that has not ended stands where its last piece stands.
  bool next(Line& line) override;
  const LogName& name() const override { return name_; }

  // Where the first piece stands of the line that `stream` has not ended; nothing if it has ended
  // them all, as far as that can be seen.
  std::optional<Position> unended(Stream stream);

  // Behind the last record of the log when it was read first.
  Position end() { return log_.end(); }

 private:
  struct Block {
    Position start;
    std::vector<char> bytes;

    std::string_view records() const { return {bytes.data(), bytes.size()}; }
  };
  using Streams = std::array<bool, 2>;
  // A record of an earlier block that belongs to a line of a later one.
  struct Earlier {
    Position position;
    std::string bytes;
  };
  struct LookBack {
    Streams wanted;  // streams of which no line has ended yet
    Streams has_piece{};
    std::vector<Earlier> found;  // newest first
    std::uint64_t found_bytes = 0;
    std::uint64_t bytes_since = 0;  // looked at since the last piece

    bool is_done(std::uint64_t limit) const;
  };

  bool load_block();
  void keep(const BackwardLog::Block& block);
  bool is_before_start(Position block, std::size_t bytes) const;
  bool is_of_other_stream(std::string_view records) const;
  bool take_block();
  bool is_wanted(const Line& line) const;
  void make_lines();
  void add_unended(Stream stream);
  Streams streams_in(std::string_view records) const;
  std::vector<Earlier> look_back(Streams wanted);
  void look_at_block(Position start, std::string_view records, LookBack& state) const;
  void look_at_earlier(Position position, std::string_view bytes, LookBack& state) const;

  LogName name_;
  BackwardLog log_;
  LineOptions options_;
  std::uint64_t look_back_bytes_;
  LineJoiner joiner_;
  RecordSkip skip_;
  LineStart start_;

  std::deque<Block> ahead_;  // read and not made lines yet, newest first
  std::size_t ahead_bytes_ = 0;
  Block block_;              // what lines_ point into
  std::vector<char> spare_;  // memory for the next block
  std::deque<std::string> joined_;
  std::vector<Line> lines_;  // oldest first
  Streams is_met_{};         // the stream's last record was read
  std::array<std::optional<Position>, 2> unended_;
};

}  // namespace logd
