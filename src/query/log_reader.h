// Reads one log forward, record by record, across its segments; goes on when the log grows.
//
// Follows numbers, not files: at the end of segment N it moves on only to a later segment that
// holds a record, and reads N once more to its end before. An empty later segment is left alone,
// since recovery may remove it and let N grow on. A segment deleted while it is open is read to its
// end. What the records mean is line_reader.h's business, waiting is follow.h's. One thread at a
// time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "logd/names.h"
#include "query/damage_report.h"
#include "query/line.h"
#include "query/position.h"
#include "store/record_view.h"
#include "store/segment_list.h"
#include "store/segment_reader.h"

namespace logd {

class LogReader {
 public:
  // Starts before the first record. `report` must outlive the reader.
  LogReader(LogName name, std::unique_ptr<Directory> directory, std::size_t block_bytes,
            const Report& report);

  // Starts at the record at `position`, which lies at or before `limit`; records at or after
  // `limit` are left out.
  void seek(Position position, Position limit);

  // Records that are not wanted may be left out: members of archives that hold nothing else are not
  // inflated.
  void set_wanted(Selection wanted) { wanted_ = wanted; }

  // Members of archives are inflated ahead; `pool` must outlive the reader.
  void set_pool(InflatePool& pool) { pool_ = &pool; }

  // From now on it ends before what cannot be read for another reason than that it is gone or
  // damaged, instead of telling it and going on behind it. Returns why it has ended, if it was for
  // that, once: it is tried again by the next call of next().
  void stop_at_errors() { stops_at_errors_ = true; }
  std::optional<Error> take_error() { return std::exchange(error_, std::nullopt); }

  // Segments that were found to be damaged, as far as it has come, or a little further.
  const std::map<std::uint64_t, int>& damaged() const { return report_.damaged(); }

  // Fills in the next record, valid until the next call; false at the end, which may move.
  bool next(RecordView& record);

  // The records that were read already and come next, whole; and where the first of them stands.
  std::string_view rest_of_block() const { return block_; }
  Position next_position() const { return {current_->number, block_end_offset_ - block_.size()}; }

  // Leaves out so many bytes of them, whole records.
  void pass_over(std::size_t bytes) { block_.remove_prefix(bytes); }

  // Where the record that next() returned last starts.
  Position position() const { return record_position_; }

  // Tells that names in the directory may have changed since the end was reached.
  void note_new_names() { is_listing_old_ = true; }

  // Reads from now on another directory of this name; seek() comes next.
  void replace_directory(std::unique_ptr<Directory> directory);

  const LogName& name() const { return name_; }
  Directory& directory() { return *directory_; }

 private:
  struct Open {
    std::uint64_t number = 0;
    std::unique_ptr<File> file;
    ArchiveFile* archive = nullptr;  // `file`, if it is one with members
    std::unique_ptr<ForwardReader> reader;
  };

  bool load_block();
  bool take_block(Open& segment);
  void enter_member(Open& segment) const;
  bool move_on();
  void refresh_listing();
  // Nothing if it has gone or cannot be opened.
  std::optional<Open> open(const ListedSegment& segment, std::uint64_t offset);
  bool stops_at(const Error& error, std::uint64_t segment);
  void note_gap(std::uint64_t number);
  bool is_hole(std::uint64_t first, std::uint64_t behind) const;

  LogName name_;
  std::unique_ptr<Directory> directory_;
  std::size_t block_bytes_;
  DamageReport report_;
  Selection wanted_{true, true, true};
  InflatePool* pool_ = nullptr;

  Position start_;
  Position limit_ = kNoLimit;
  std::optional<Open> current_;
  std::vector<ListedSegment> listing_;  // oldest first
  bool is_listing_old_ = true;
  bool stops_at_errors_ = false;
  std::optional<Error> error_;
  std::uint64_t first_listed_ = 0;  // the oldest and the newest segment of the first listing
  std::uint64_t last_listed_ = 0;
  std::uint64_t last_gone_ = 0;  // deleted since it was listed

  std::string_view block_;
  std::uint64_t block_end_offset_ = 0;
  Position record_position_;
};

}  // namespace logd
