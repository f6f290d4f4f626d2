// SPDX-License-Identifier: Apache-2.0
#include "query/log_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "query/segment_file.h"

namespace logd {

LogReader::LogReader(LogName name, std::unique_ptr<Directory> directory, std::size_t block_bytes,
                     const Report& report)
    : name_(std::move(name)),
      directory_(std::move(directory)),
      block_bytes_(block_bytes),
      report_(name_, report) {}

void LogReader::seek(Position position, Position limit) {
  start_ = position;
  limit_ = limit;
  current_.reset();
  block_ = {};
  is_listing_old_ = true;
  report_.forget();
  last_listed_ = 0;
  error_.reset();
}

void LogReader::replace_directory(std::unique_ptr<Directory> directory) {
  directory_ = std::move(directory);
}

bool LogReader::next(RecordView& record) {
  for (;;) {
    if (block_.empty() && !load_block()) return false;
    const Position position = next_position();
    if (position >= limit_) return false;
    const std::string_view bytes = take_first_record(block_);
    if (look_at_record(bytes, record)) {
      record_position_ = position;
      return true;
    }
    report_.no_record(position);
  }
}

bool LogReader::load_block() {
  if (current_ && Position{current_->number, current_->reader->offset()} >= limit_) return false;
  if (current_ && take_block(*current_)) return true;
  return !error_ && move_on();
}

// Passes members over that hold nothing wanted, and keeps blocks within one.
void LogReader::enter_member(Open& segment) const {
  const ArchiveMember* member = segment.archive->member_at(segment.reader->offset());
  while (member != nullptr && member->uncompressed_offset == segment.reader->offset() &&
         !wanted_.may_be_in(member->summary)) {
    segment.reader->skip_to(member->uncompressed_end());
    member = segment.archive->member_at(member->uncompressed_end());
  }
  if (member != nullptr) segment.reader->end_blocks_at(member->uncompressed_end());
}

bool LogReader::take_block(Open& segment) {
  if (segment.archive != nullptr) enter_member(segment);
  const Result<RecordBlock> block = segment.reader->next();
  if (segment.archive != nullptr) {
    const std::string damage = segment.archive->take_damage();
    if (!damage.empty()) report_.archive_damage(segment.number, damage);
  }
  if (!block) {
    if (!stops_at(block.error(), segment.number))
      report_.damage(segment.number, block.error().message());
    return false;
  }
  if (segment.reader->skipped_bytes() > 0) {
    report_.damage(segment.number, "a record without an end is left out");
  }
  if (block->is_empty()) return false;
  block_ = block->records;
  block_end_offset_ = block->offset + block_.size();
  return true;
}

// Enters the next segment that holds a record, if there is one, with its first block taken.
bool LogReader::move_on() {
  if (is_listing_old_) refresh_listing();
  if (error_) return false;
  for (auto listed = listing_.begin(); listed != listing_.end();) {
    const std::uint64_t number = listed->name.number;
    if (number > limit_.segment) return false;
    const bool is_behind = current_ ? number <= current_->number : number < start_.segment;
    auto segment = is_behind ? std::optional<Open>()
                             : open(*listed, number == start_.segment ? start_.offset : 0);
    if (error_) return false;
    if (!segment) {
      listed = listing_.erase(listed);
      continue;
    }
    ++listed;
    const bool has_records = take_block(*segment);
    if (error_) return false;
    // The first one is entered even if it is empty, so that it stays open when it is deleted.
    if (!has_records && current_) continue;
    // A later segment has records, so the current one is complete; but perhaps it was not yet when
    // its end was reached.
    if (current_ && take_block(*current_)) return true;
    if (error_) return false;
    note_gap(number);
    current_ = std::move(segment);
    if (has_records) return true;
  }
  return false;
}

void LogReader::refresh_listing() {
  auto listing = list_segments(*directory_);
  if (!listing) {
    if (stops_at_errors_)
      error_ = listing.error();
    else
      report_.cannot_list(listing.error());
    return;
  }
  listing_ = std::move(*listing);
  is_listing_old_ = false;
  if (last_listed_ > 0 || listing_.empty()) return;
  first_listed_ = listing_.front().name.number;
  last_listed_ = listing_.back().name.number;
}

std::optional<LogReader::Open> LogReader::open(const ListedSegment& listed, std::uint64_t offset) {
  Open segment;
  segment.number = listed.name.number;
  auto opened = open_segment_file(*directory_, listed);
  if (!opened) {
    if (opened.error().code == ErrorCode::not_found) {
      is_listing_old_ = true;
      last_gone_ = segment.number;
    } else if (!stops_at(opened.error(), segment.number)) {
      report_.cannot_open(segment.number, opened.error());
    }
    return std::nullopt;
  }
  if (!opened->damage.empty()) report_.archive_damage(segment.number, opened->damage);
  segment.archive = opened->archive;
  if (pool_ != nullptr && segment.archive != nullptr) {
    segment.archive->use(*pool_, [wanted = wanted_](const RecordSummary& summary) {
      return wanted.may_be_in(summary);
    });
  }
  segment.file = std::move(opened->file);
  segment.reader = std::make_unique<ForwardReader>(*segment.file, offset, block_bytes_);
  return segment;
}

// What is no file is none of the log's.
bool LogReader::stops_at(const Error& error, std::uint64_t segment) {
  if (!stops_at_errors_ || error.code == ErrorCode::invalid || error.code == ErrorCode::corrupt)
    return false;
  block_ = {};  // of a segment that is not entered now
  error_ = error;
  error_->context = fmt::format("segment {}: {}", segment, error.context);
  return true;
}

// Tells about segments between the current one and `number` that are not there any more.
void LogReader::note_gap(std::uint64_t number) {
  const std::uint64_t first = current_ ? current_->number + 1 : start_.segment;
  if (first == 0 || first >= number) return;
  const auto is_between = [&](const ListedSegment& listed) {
    return listed.name.number >= first && listed.name.number < number;
  };
  if (std::any_of(listing_.begin(), listing_.end(), is_between)) return;
  if (report_.has_unopened(first, number)) return;
  if (is_hole(first, number)) {
    report_.missing(first, number);
    return;
  }
  report_.notice(
      first + 1 == number
          ? fmt::format("segment {} was deleted before it was read", first)
          : fmt::format("segments {} to {} were deleted before they were read", first, number - 1));
}

// Whether segments were missing between others when reading began. A flush deletes those between
// archives and the segment that it begins.
bool LogReader::is_hole(std::uint64_t first, std::uint64_t behind) const {
  if (first <= first_listed_ || behind > last_listed_ || last_gone_ >= first) return false;
  return block_.empty() || !begins_with_flush(block_);
}

}  // namespace logd
