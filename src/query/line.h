// Names what queries read: lines, where they stand, and which of them are wanted. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "logd/line.h"
#include "logd/names.h"
#include "logd/record.h"
#include "query/position.h"
#include "store/archive_format.h"

namespace logd {

inline std::size_t stream_index(Stream stream) { return static_cast<std::size_t>(stream); }

// Which records are wanted.
struct Selection {
  bool out = true;
  bool err = true;
  bool events = false;

  bool has(Stream stream) const { return stream == Stream::out ? out : err; }

  // False if nothing of what `summary` tells of is wanted, and nothing in there is no record.
  bool may_be_in(const RecordSummary& summary) const {
    return (out && summary.out_records > 0) || (err && summary.err_records > 0) ||
           (events && summary.events > 0) || summary.records() == 0;
  }
};

// Joined lines are cut, and memory given back, when all unfinished ones together hold more, unless
// somebody says otherwise.
inline constexpr std::uint64_t kMaxHeldBytes = 64_MiB;

// A line or an event as it is shown. It stands where its last record stands.
struct Line {
  std::string_view time;  // the 29 characters of its last record
  std::string_view content;
  std::string_view record;  // pieces are not joined: the stored record, without its newline
  Stream stream = Stream::out;
  RecordType type = RecordType::line;
  bool has_newline = true;           // false: more of it follows, or the stream ended without one
  std::optional<std::uint64_t> run;  // if its start was read before
  Position position;                 // of its last record
  Position first;                    // of its first piece, and of what says that it has no newline
};

// Whether a filter lets a line through.
using LinePredicate = std::function<bool(const Line&, const LogName&)>;

// A byte of the first one of `records`, whole ones, that may be wanted; behind them if none is. Of
// pieces and events it need not know.
using CandidateSearch = std::function<std::size_t(std::string_view records)>;

// Where each kind of record is wanted from, and where reading must begin for it.
struct LineStart {
  Position read_from;
  Position out;
  Position err;
  Position events;

  Position& of(Stream stream) { return stream == Stream::out ? out : err; }
  const Position& of(Stream stream) const { return stream == Stream::out ? out : err; }
};

// Lines that stand in `position` or behind it, all their pieces included.
inline LineStart start_at(Position position) { return {position, position, position, position}; }

struct LineOptions {
  Selection selection;
  bool join = true;  // false: every piece is a line of its own
  // True: a line that has not ended is left out; who follows gets it when it ends.
  bool skip_unended = false;
  bool count_only = false;  // a line's joined content is not wanted, only where it stands
  // Lines and events that it does not find may be left out; none: all are wanted.
  CandidateSearch candidates = nullptr;
  std::uint64_t max_held_bytes = kMaxHeldBytes;
};

// Gives the lines of one log one after another, in the order of their times or against it.
class LineSource {
 public:
  virtual ~LineSource() = default;

  // Fills in the next line, valid until the next call; false at the end, which may move.
  virtual bool next(Line& line) = 0;

  virtual const LogName& name() const = 0;
};

}  // namespace logd
