// SPDX-License-Identifier: Apache-2.0
#include "query/time_seek.h"

#include <string>
#include <string_view>
#include <utility>

#include "query/segment_file.h"
#include "store/record_view.h"
#include "store/segment_reader.h"

namespace logd {
namespace {

// Bisection ends where reading on costs as little.
constexpr std::uint64_t kScanBytes = 16_KiB;
constexpr std::size_t kProbeBytes = 4 * 1024;

// The first failure, unless something is only gone or damaged.
class Failures {
 public:
  // `first` may be null.
  explicit Failures(std::optional<Error>* first) : first_(first) {}

  void note(const Error& error) const {
    const bool is_passing = error.code != ErrorCode::not_found &&
                            error.code != ErrorCode::invalid && error.code != ErrorCode::corrupt;
    if (first_ != nullptr && !*first_ && is_passing) *first_ = error;
  }

 private:
  std::optional<Error>* first_;
};

// A segment that is looked at.
class Probe {
 public:
  // Nothing if it cannot be opened.
  static std::optional<Probe> open(Directory& log, const ListedSegment& segment,
                                   const Failures& failures) {
    auto opened = open_segment_file(log, segment);
    if (!opened) failures.note(opened.error());
    if (!opened) return std::nullopt;
    const auto status = opened->file->status();
    if (!status) failures.note(status.error());
    if (!status) return std::nullopt;
    return Probe(std::move(*opened), status->bytes, failures);
  }

  // The time of the first record; nothing if there is none. Inflates nothing of an archive, whose
  // headers say it.
  std::optional<std::string> first_time() {
    if (opened_.archive == nullptr) return time_behind(0, bytes_).time;
    for (const ArchiveMember& member : opened_.archive->members()) {
      if (member.summary.records() > 0) return time_text(member.summary.first_time);
    }
    return std::nullopt;
  }

  // Where the first record at or after `time` starts; behind the last one if all are older.
  struct Place {
    std::uint64_t offset = 0;
    bool is_there = false;
  };
  Place find(const std::string& time) {
    std::uint64_t begin = 0;
    std::uint64_t end = bytes_;
    if (opened_.archive != nullptr && !narrow(time, begin, end)) return {bytes_, false};
    // What stands before `begin` is older, what starts at `end` or behind it is not.
    while (end - begin > kScanBytes) {
      const std::uint64_t middle = begin + (end - begin) / 2;
      const Found found = time_behind(middle, end);
      if (found.time && *found.time < time) {
        begin = found.offset;
      } else {
        end = middle;
      }
    }
    return scan(begin, end, time);
  }

  // Where the record ends that starts at `offset` and has this time; nothing if there is none.
  std::optional<std::uint64_t> end_of_record(std::uint64_t offset, const std::string& time) {
    ForwardReader reader(*opened_.file, offset, kProbeBytes);
    const auto block = next_of(reader);
    if (!block || block->offset != offset || block->is_empty()) return std::nullopt;
    std::string_view rest = block->records;
    RecordView record;
    if (!look_at_record(take_first_record(rest), record) || record.time_text() != time) {
      return std::nullopt;
    }
    return offset + record.bytes.size() + 1;
  }

 private:
  struct Found {
    std::uint64_t offset = 0;
    std::optional<std::string> time;
  };

  Probe(OpenedSegment opened, std::uint64_t bytes, const Failures& failures)
      : opened_(std::move(opened)), bytes_(bytes), failures_(failures) {}

  Result<RecordBlock> next_of(ForwardReader& reader) const {
    auto block = reader.next();
    if (!block) failures_.note(block.error());
    return block;
  }

  // To the member that holds the first record at or after `time`; false if none does.
  bool narrow(const std::string& time, std::uint64_t& begin, std::uint64_t& end) const {
    for (const ArchiveMember& member : opened_.archive->members()) {
      if (member.summary.records() == 0 || time_text(member.summary.last_time) < time) continue;
      begin = member.uncompressed_offset;
      end = member.uncompressed_end();
      return true;
    }
    return false;
  }

  // The first record that starts in [begin, end).
  Found time_behind(std::uint64_t begin, std::uint64_t end) {
    // With the byte before, what is taken off first is the end of a line, wherever that began.
    bool is_in_line = begin > 0;
    ForwardReader reader(*opened_.file, is_in_line ? begin - 1 : 0, kProbeBytes);
    if (end < bytes_) reader.end_blocks_at(end);
    while (reader.offset() < end) {
      const auto block = next_of(reader);
      if (!block || block->is_empty()) break;
      std::string_view rest = block->records;
      while (!rest.empty()) {
        const std::uint64_t offset = block->offset + (block->records.size() - rest.size());
        if (offset >= end) break;
        const std::string_view bytes = take_first_record(rest);
        RecordView record;
        const bool is_record = !is_in_line && look_at_record(bytes, record);
        if (is_record) return {offset, std::string(record.time_text())};
        is_in_line = false;
      }
    }
    return {};
  }

  // Reads from `begin` on; what starts at `end` is not older.
  Place scan(std::uint64_t begin, std::uint64_t end, const std::string& time) {
    ForwardReader reader(*opened_.file, begin, kScanBytes);
    if (end > begin && end < bytes_) reader.end_blocks_at(end);
    for (;;) {
      const auto block = next_of(reader);
      if (!block || block->is_empty()) return {reader.offset(), false};
      std::string_view rest = block->records;
      while (!rest.empty()) {
        const std::uint64_t offset = block->offset + (block->records.size() - rest.size());
        RecordView record;
        if (!look_at_record(take_first_record(rest), record)) continue;
        if (record.time_text() >= time) return {offset, true};
      }
    }
  }

  OpenedSegment opened_;
  std::uint64_t bytes_;
  Failures failures_;
};

}  // namespace

TimePlace find_time(Directory& log, const std::vector<ListedSegment>& segments, WallTime time,
                    std::optional<Error>* error) {
  const Failures failures(error);
  const std::string text = time_text(time);
  // Segments before `begin` end with one that starts before the time; those from `end` on do not.
  std::size_t begin = 0;
  std::size_t end = segments.size();
  std::optional<Probe> last_before;
  bool is_later_there = false;
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    std::optional<std::string> first_time;
    std::optional<Probe> probe;
    std::size_t at = middle;
    // Some may be empty, or cannot be read.
    for (; at < end && !first_time; ++at) {
      probe = Probe::open(log, segments[at], failures);
      if (probe) first_time = probe->first_time();
    }
    if (first_time && *first_time < text) {
      begin = at;
      last_before = std::move(probe);
    } else {
      is_later_there |= first_time.has_value();
      end = middle;
    }
  }
  if (!last_before) return {{}, is_later_there};
  const std::uint64_t number = segments[begin - 1].name.number;
  const Probe::Place place = last_before->find(text);
  return {{number, place.offset}, place.is_there || is_later_there};
}

std::optional<WallTime> oldest_time(Directory& log, const std::vector<ListedSegment>& segments) {
  for (const ListedSegment& segment : segments) {
    auto probe = Probe::open(log, segment, Failures(nullptr));
    const auto text = probe ? probe->first_time() : std::nullopt;
    const auto time = text ? parse_time(*text) : std::nullopt;
    if (time) return time;
  }
  return std::nullopt;
}

Position find_behind(Directory& log, const std::vector<ListedSegment>& segments,
                     const RecordPlace& place, std::optional<Error>* error) {
  const auto [number, offset] = place.position;
  if (number == 0) return {};
  for (const ListedSegment& segment : segments) {
    if (segment.name.number != number) continue;
    auto probe = Probe::open(log, segment, Failures(error));
    const auto end = probe ? probe->end_of_record(offset, time_text(place.time)) : std::nullopt;
    if (end) return {number, *end};
  }
  return find_time(log, segments, place.time + Nanoseconds(1), error).position;
}

}  // namespace logd
