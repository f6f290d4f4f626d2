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
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "logd/names.h"
#include "query/position.h"
#include "store/record_view.h"
#include "store/segment_list.h"
#include "store/segment_reader.h"

namespace logd {

// How bad something is that a reader met.
enum class Trouble : std::uint8_t {
  notice,      // worth a message: segments deleted before they were read
  unreadable,  // we may not read what is there
  damage,      // what should be there cannot be read
};
// Takes messages for people, without a newline.
using Report = std::function<void(Trouble, const std::string& message)>;

inline constexpr Position kNoLimit{std::numeric_limits<std::uint64_t>::max(),
                                   std::numeric_limits<std::uint64_t>::max()};

class LogReader {
 public:
  // Starts before the first record. `report` must outlive the reader.
  LogReader(LogName name, std::unique_ptr<Directory> directory, std::size_t block_bytes,
            const Report& report);

  // Starts at the record at `position`, which lies at or before `limit`; records at or after
  // `limit` are left out.
  void seek(Position position, Position limit);

  // Fills in the next record, valid until the next call; false at the end, which may move.
  bool next(RecordView& record);

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
    std::unique_ptr<ForwardReader> reader;
    bool is_reported = false;  // that it is damaged
  };

  bool load_block();
  bool take_block(Open& segment);
  bool move_on();
  void refresh_listing();
  // Nothing if it has gone or cannot be opened.
  std::optional<Open> open(const ListedSegment& segment, std::uint64_t offset);
  void cannot_open(Open& segment, const Error& error);
  void note_gap(std::uint64_t number);
  void damage(Open& segment, const std::string& what);
  void trouble(const Error& error, const std::string& where);

  LogName name_;
  std::unique_ptr<Directory> directory_;
  std::size_t block_bytes_;
  const Report& report_;

  Position start_;
  Position limit_ = kNoLimit;
  std::optional<Open> current_;
  std::vector<ListedSegment> listing_;  // oldest first
  bool is_listing_old_ = true;
  std::set<std::uint64_t> passed_over_;  // segments that cannot be read, or are no files

  std::string_view block_;
  std::uint64_t block_end_offset_ = 0;
  Position record_position_;
};

}  // namespace logd
