// Reads the records of one log for one destination, from where that one stands.
//
// Files are opened when there is something to read, and closed by rest(): what is kept between is
// the place alone. The same part read again gives the same records, as long as they are kept. One
// thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "logd/config.h"
#include "logd/file_system.h"
#include "logd/names.h"
#include "query/line_reader.h"
#include "ship/ship_state.h"
#include "sinks/outgoing_record.h"

namespace logd {

// Takes one record, valid during the call.
using RecordSink = std::function<void(const OutgoingRecord&)>;

struct FeedOptions {
  Selection selection;
  std::uint64_t max_record_bytes = 256_KiB;
};
// What a destination gets of its logs.
inline FeedOptions feed_options(const ShipConfig& config) {
  if (config.type == "s3") return {{true, true, true}, config.max_record_bytes};
  return {{config.stream != "err", config.stream != "out", config.events}, config.max_record_bytes};
}

class LogFeed {
 public:
  // `log_dir` and `report` must outlive it.
  LogFeed(Directory& log_dir, LogName name, const FeedOptions& options, const Report& report);
  ~LogFeed();

  const LogName& name() const { return name_; }

  // Goes on behind `cursor`, which tells of `loss` first.
  void start(const LogCursor& cursor, std::optional<Loss> loss);
  const LogCursor& cursor() const { return cursor_; }
  const std::optional<Loss>& loss() const { return loss_; }

  struct Room {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
  };
  struct Taken {
    BatchPart part;
    std::uint64_t bytes = 0;  // of contents
    bool is_at_end = false;   // there is no more now
  };
  // Gives the next records to `sink` while there is room, at least one if there is one. A gap ends
  // a part: what stands behind it comes with the next call. So does what cannot be read: it is the
  // error of the next call, and the place stays before it. Errors: not_found (the log is gone),
  // permission, limit, io.
  Result<Taken> take(Room room, const RecordSink& sink);

  struct Repeated {
    std::uint64_t records = 0;  // fewer than the part had: the rest is not kept any more
    std::uint64_t bytes = 0;
  };
  // Reads a part again. Errors: as take().
  Result<Repeated> repeat(const BatchPart& part, const RecordSink& sink) const;

  // Where a part is cut behind its first `records`, fewer than it has. Errors: as take().
  Result<LogCursor> cut(const BatchPart& part, std::uint64_t records) const;

  // The receiver has said that it has everything of segments up to this, or what it lacks was
  // counted: none of them is missed when it is read again.
  void note_known(std::uint64_t segment);
  std::uint64_t known_segment() const { return known_segment_; }

  // Of the log. Errors: not_found, permission, io.
  Result<std::unique_ptr<Directory>> open_directory() const {
    return log_dir_.open_directory(name_.directory(), Create::no);
  }

  // Its directory has other names than before; the directory itself may be another one.
  void note_new_names();
  void note_replaced() { rest(); }

  // Closes the files.
  void rest();
  bool is_open() const { return lines_ != nullptr; }

  // Uncompressed bytes that stand behind `from`, about: archives count as they are. Errors: as
  // take().
  struct Backlog {
    std::uint64_t bytes = 0;
    std::uint64_t segments = 0;
    std::uint64_t newest = 0;  // number of the last of them
    // All in the oldest is older; nothing: there is only one.
    std::optional<WallTime> oldest_ended;
  };
  Result<Backlog> backlog(const LogCursor& from) const;

  // Passes over the rest of the segment in which the next record stands, one before `newest`, which
  // is then told as a loss before the next record. Returns what was lost by that, with segments
  // that were missing before: no records if there is none. Errors: as take().
  Result<Loss> give_up(std::uint64_t newest, std::string_view reason);

 private:
  struct Lines;
  Result<std::unique_ptr<Lines>> open(const LogCursor& from) const;
  OutgoingRecord outgoing(const Line& line, LineFields& fields) const;
  Result<void> note_gap(const Line& line);
  void note_damage(std::uint64_t segment);
  static OutgoingRecord told(const Loss& loss, std::string_view before, std::string& time,
                             std::string& text);

  Directory& log_dir_;
  LogName name_;
  FeedOptions options_;
  const Report& report_;
  std::uint64_t last_damaged_ = 0;  // the last segment of which that was noted
  LogCursor cursor_;
  std::optional<Loss> loss_;
  std::uint64_t known_segment_ = 0;
  std::unique_ptr<Lines> lines_;
  mutable LineFields fields_;
};

}  // namespace logd
