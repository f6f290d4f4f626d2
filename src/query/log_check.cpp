// SPDX-License-Identifier: Apache-2.0
#include "query/log_check.h"

#include <memory>
#include <utility>

#include "logd/record.h"
#include "query/segment_file.h"
#include "store/archive_verify.h"
#include "store/record_view.h"
#include "store/segment_list.h"
#include "store/segment_reader.h"

namespace logd {
namespace {

using Form = SegmentName::Form;

constexpr std::size_t kBlockBytes = 256 * 1024;

// Lines that are none next to each other are one place.
class BadLines {
 public:
  explicit BadLines(std::function<void(const ArchiveDamage&)> tell) : tell_(std::move(tell)) {}

  void add(std::uint64_t offset, std::uint64_t bytes) {
    if (begin_ + bytes_ != offset) end();
    if (bytes_ == 0) begin_ = offset;
    bytes_ += bytes;
  }

  void end() {
    if (bytes_ > 0) tell_({begin_, bytes_, "not a record"});
    bytes_ = 0;
  }

 private:
  std::function<void(const ArchiveDamage&)> tell_;
  std::uint64_t begin_ = 0;
  std::uint64_t bytes_ = 0;
};

class Checker {
 public:
  Checker(Directory& log, const OnDamage& on_damage, const OnUnchecked& on_unchecked)
      : log_(log), on_damage_(on_damage), on_unchecked_(on_unchecked) {}

  Result<LogCheck> run() {
    LOGD_TRY_ASSIGN(const std::vector<ListedSegment> segments, list_segment_files(log_));
    for (const ListedSegment& segment : segments) {
      const bool is_plain = segment.name.form == Form::plain;
      const bool is_active = &segment == &segments.back() && is_plain && !segment.has_archive;
      bool is_there = false;
      if (is_plain) is_there = check(segment.name, is_active);
      // There from the beginning, or in the segment's place by now.
      if (segment.has_archive || !is_there) check(segment.name.with(Form::archive), false);
    }
    return check_;
  }

 private:
  // False if the file is not there.
  bool check(const SegmentName& name, bool is_active) {
    file_name_ = name.str();
    auto file = log_.open_file(file_name_, OpenMode::read);
    if (!file && file.error().code == ErrorCode::not_found) return false;
    auto checked = file ? check(**file, name.form == Form::archive, is_active)
                        : Result<void>(fail(std::move(file.error())));
    if (checked) return true;
    // What the disk does not give back is as bad as what is wrong on it.
    if (checked.error().code == ErrorCode::io) {
      tell({0, 0, checked.error().message()});
    } else {
      ++check_.unchecked;
      on_unchecked_(file_name_, checked.error());
    }
    return true;
  }

  Result<void> check(File& file, bool is_archive, bool is_active) {
    LOGD_TRY_ASSIGN(const FileStatus status, file.status());
    check_.bytes += status.bytes;
    if (!is_archive) {
      ++check_.segments;
      return check_segment(file, is_active);
    }
    ++check_.archives;
    LOGD_TRY_ASSIGN(const ArchiveCheck archive, check_archive(file));
    check_.members += archive.members;
    for (const ArchiveDamage& damage : archive.damage) tell(damage);
    return {};
  }

  Result<void> check_segment(File& file, bool is_active) {
    BadLines bad([this](const ArchiveDamage& damage) { tell(damage); });
    ForwardReader reader(file, 0, kBlockBytes);
    std::uint64_t offset = 0;
    for (;;) {
      LOGD_TRY_ASSIGN(const RecordBlock block, reader.next());
      // Left out by the reader: too long without a newline.
      if (block.offset > offset) bad.add(offset, block.offset - offset);
      offset = block.offset;
      if (block.is_empty()) break;
      std::string_view records = block.records;
      while (!records.empty()) {
        const std::string_view record = take_first_record(records);
        if (parse_record(record))
          bad.end();
        else
          bad.add(offset, record.size() + 1);
        offset += record.size() + 1;
      }
    }
    bad.end();
    if (is_active) return {};
    LOGD_TRY_ASSIGN(const FileStatus status, file.status());
    if (status.bytes > offset) tell({offset, status.bytes - offset, "its last record is cut off"});
    return {};
  }

  void tell(const ArchiveDamage& damage) {
    ++check_.damaged;
    on_damage_(file_name_, damage);
  }

  Directory& log_;
  const OnDamage& on_damage_;
  const OnUnchecked& on_unchecked_;
  LogCheck check_;
  std::string file_name_;
};

}  // namespace

void LogCheck::add(const LogCheck& other) {
  archives += other.archives;
  members += other.members;
  segments += other.segments;
  bytes += other.bytes;
  damaged += other.damaged;
  unchecked += other.unchecked;
}

Result<LogCheck> check_log(Directory& log, const OnDamage& on_damage,
                           const OnUnchecked& on_unchecked) {
  return Checker(log, on_damage, on_unchecked).run();
}

}  // namespace logd
