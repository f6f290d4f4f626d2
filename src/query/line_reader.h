// Reads one log forward, line by line: picks records out, joins the pieces of a line and knows
// where a stream ended without a newline.
//
// A line stands where its last record stands. Only what log_reader.h gives is read; how lines look
// is render.h's business. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "query/log_reader.h"

namespace logd {

// Which records are wanted.
struct Selection {
  bool out = true;
  bool err = true;
  bool events = false;

  bool has(Stream stream) const { return stream == Stream::out ? out : err; }
};

// Joined lines are cut, and memory given back, when all unfinished ones together hold more.
inline constexpr std::uint64_t kMaxHeldBytes = 64_MiB;

// A line or an event as it is shown; views are valid until the reader's next call.
struct Line {
  std::string_view time;  // the 29 characters of its last record
  std::string_view content;
  std::string_view record;  // pieces are not joined: the stored record, without its newline
  Stream stream = Stream::out;
  RecordType type = RecordType::line;
  bool has_newline = true;           // false: more of it follows, or the stream ended without one
  std::optional<std::uint64_t> run;  // if its start was read before
};

// Where each kind of record is wanted from, and where reading must begin for it.
struct LineStart {
  Position read_from;
  Position out;
  Position err;
  Position events;

  Position& of(Stream stream) { return stream == Stream::out ? out : err; }
  const Position& of(Stream stream) const { return stream == Stream::out ? out : err; }
};

struct LineReaderOptions {
  Selection selection;
  bool join = true;     // false: every piece is a line of its own
  bool follow = false;  // true: an unfinished line at the end is waited for
};

class LineReader {
 public:
  // `held_bytes` is shared by all readers of one query and outlives them.
  LineReader(LogReader log, LineReaderOptions options, std::uint64_t& held_bytes);

  void seek(const LineStart& start, Position limit);

  // Fills in the next line; false at the end, which may move.
  bool next(Line& line);

  LogReader& log() { return log_; }

 private:
  struct Unfinished {
    std::string bytes;  // of the pieces so far
    std::string time;   // of the last piece
  };

  bool take_event(const RecordView& record, Line& line);
  bool take_record(const RecordView& record, Line& line);
  bool take_unfinished(Line& line);
  void drop_shown();

  LogReader log_;
  LineReaderOptions options_;
  std::uint64_t& held_bytes_;
  LineStart start_;
  std::array<Unfinished, 2> unfinished_;  // by stream
  std::array<bool, 2> lacks_newline_{};   // the stream's next F record
  Unfinished* shown_ = nullptr;           // what the last line points into
  std::optional<std::uint64_t> run_;
};

}  // namespace logd
