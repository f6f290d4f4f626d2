// SPDX-License-Identifier: Apache-2.0
#include "query/line_counter.h"

#include <algorithm>
#include <limits>

#include "query/segment_file.h"

namespace logd {
namespace {

std::size_t index_of(Stream stream) { return static_cast<std::size_t>(stream); }

}  // namespace

BackwardLog::BackwardLog(Directory& directory, std::vector<ListedSegment> listing,
                         std::size_t block_bytes)
    : directory_(directory), listing_(std::move(listing)), block_bytes_(block_bytes) {}

bool BackwardLog::previous(RecordView& record) {
  for (;;) {
    if (block_.empty() && !load_block()) return false;
    const std::string_view bytes = take_last_record(block_);
    position_ = {number_, block_offset_ + block_.size()};
    if (look_at_record(bytes, record)) return true;
  }
}

Position BackwardLog::end() {
  if (end_ == Position{} && block_.empty()) load_block();
  return end_;
}

bool BackwardLog::load_block() {
  for (;;) {
    if (!reader_ && !open_previous_segment()) return false;
    const Result<RecordBlock> block = reader_->previous();
    if (block && !block->is_empty()) {
      block_ = block->records;
      block_offset_ = block->offset;
      if (end_ == Position{}) end_ = {number_, block_offset_ + block_.size()};
      return true;
    }
    reader_.reset();
  }
}

// The end must not lie before a segment that cannot be read, or nobody would hear of it.
void BackwardLog::include_unreadable(std::uint64_t number) {
  if (end_ == Position{}) end_ = {number, std::numeric_limits<std::uint64_t>::max()};
}

bool BackwardLog::open_previous_segment() {
  while (!listing_.empty()) {
    const ListedSegment listed = listing_.back();
    listing_.pop_back();
    auto opened = open_segment_file(directory_, listed);
    if (!opened &&
        (opened.error().code == ErrorCode::not_found || opened.error().code == ErrorCode::invalid))
      continue;
    if (!opened || !opened->damage.empty()) include_unreadable(listed.name.number);
    if (!opened) continue;
    const auto status = opened->file->status();
    if (!status) continue;
    file_ = std::move(opened->file);
    number_ = listed.name.number;
    reader_.emplace(*file_, status->bytes, block_bytes_);
    return true;
  }
  return false;
}

LineCounter::LineCounter(BackwardLog log, Selection selection, bool follow)
    : log_(std::move(log)), selection_(selection), follow_(follow) {}

bool LineCounter::pull(RecordView& record) {
  if (!log_.previous(record)) return false;
  if (is_before_wanted_) before_ = log_.position();
  is_before_wanted_ = false;
  return true;
}

void LineCounter::want_record_before() {
  before_.reset();
  is_before_wanted_ = true;
}

bool LineCounter::previous() {
  has_head_ = false;
  while (pull(head_)) {
    if (head_.type == RecordType::event) {
      has_head_ = selection_.events;
    } else if (selection_.has(head_.stream)) {
      if (is_piece_wanted(head_)) {
        take_piece(head_);
      } else {
        has_head_ = true;
      }
    }
    if (has_head_) {
      head_position_ = log_.position();
      return true;
    }
  }
  return false;
}

void LineCounter::count() {
  LOGD_ASSERT(has_head_);
  has_head_ = false;
  has_counted_ = true;
  first_counted_ = head_position_;
  if (head_.type == RecordType::line) {
    seen_[index_of(head_.stream)] = Seen::counted;
    first_of_[index_of(head_.stream)] = head_position_;
  }
  want_record_before();
}

// True for a piece of a line that was counted, or that is still to end and will be read then.
// Any other piece met is the last one of a line that has not ended: that counts as a line.
bool LineCounter::is_piece_wanted(const RecordView& record) const {
  if (record.tag != RecordTag::partial) return false;
  const Seen seen = seen_[index_of(record.stream)];
  return seen == Seen::counted || (seen == Seen::nothing && follow_);
}

void LineCounter::take_piece(const RecordView& record) {
  seen_[index_of(record.stream)] = Seen::counted;
  first_of_[index_of(record.stream)] = log_.position();
  want_record_before();
}

bool LineCounter::is_anything_missing() const {
  for (const Stream stream : {Stream::out, Stream::err}) {
    const Seen seen = seen_[index_of(stream)];
    if (!selection_.has(stream)) continue;
    if (seen == Seen::counted || (seen == Seen::nothing && follow_)) return true;
  }
  return false;
}

void LineCounter::look_back(std::uint64_t bytes) {
  RecordView record;
  std::uint64_t read_bytes = 0;
  while (is_anything_missing() && read_bytes < bytes && pull(record)) {
    read_bytes += record.bytes.size();
    if (record.type == RecordType::event || !selection_.has(record.stream)) continue;
    if (is_piece_wanted(record)) {
      take_piece(record);
      read_bytes = 0;
    } else if (record.tag == RecordTag::full) {
      seen_[index_of(record.stream)] = Seen::closed;
    }
  }
}

LineStart LineCounter::start(std::uint64_t look_back_bytes) {
  if (has_head_ && head_.type == RecordType::line && head_.tag == RecordTag::full) {
    seen_[index_of(head_.stream)] = Seen::closed;
  }
  look_back(look_back_bytes);
  const Position first = has_counted_ ? first_counted_ : end();
  LineStart start{first, first, first, first};
  for (const Stream stream : {Stream::out, Stream::err}) {
    const auto& piece = first_of_[index_of(stream)];
    if (piece) start.of(stream) = std::min(first, *piece);
  }
  start.read_from = std::min({start.out, start.err, before_.value_or(first)});
  return start;
}

}  // namespace logd
