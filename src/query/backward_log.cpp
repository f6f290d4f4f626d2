// SPDX-License-Identifier: Apache-2.0
#include "query/backward_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "query/segment_file.h"

namespace logd {

BackwardLog::BackwardLog(Directory& directory, std::vector<ListedSegment> listing,
                         std::size_t block_bytes, Position end)
    : directory_(directory),
      listing_(std::move(listing)),
      unopened_(listing_.size()),
      block_bytes_(block_bytes),
      limit_(end) {}

bool BackwardLog::previous(Block& block) {
  if (!std::exchange(has_block_, false) && !load()) return false;
  block = block_;
  return true;
}

void BackwardLog::tell_no_record(Position position) {
  if (report_) report_->no_record(position);
}

Position BackwardLog::end() {
  if (end_ == Position{}) has_block_ = load();
  return end_;
}

bool BackwardLog::load() {
  for (;;) {
    if (!reader_ && !open_previous_segment()) return false;
    if (load_from_segment()) return true;
    reader_.reset();
  }
}

bool BackwardLog::load_from_segment() {
  if (archive_ != nullptr) enter_member();
  const Result<RecordBlock> block = reader_->previous();
  if (archive_ != nullptr && report_) {
    const std::string damage = archive_->take_damage();
    if (!damage.empty()) report_->archive_damage(number_, damage);
  }
  if (!block && report_) report_->damage(number_, block.error().message());
  if (!block || block->is_empty()) return false;
  block_ = {{number_, block->offset}, block->records};
  if (block->offset == 0) is_after_flush_ = begins_with_flush(block->records);
  if (end_ == Position{}) end_ = {number_, block->offset + block->records.size()};
  return true;
}

// Null for a damaged archive: what its headers promise may not be there.
SummaryTaker* BackwardLog::summary_taker() const {
  return archive_->has_table() ? taker_ : nullptr;
}

// Whether nothing is missing if the member is not read. The newest one tells where the end is, so
// it is read unless somebody takes its summary.
bool BackwardLog::pass_over(const ArchiveMember& member) {
  const Position start{number_, member.uncompressed_offset};
  if (summary_taker() != nullptr && taker_->take(start, member)) {
    if (end_ == Position{}) end_ = {number_, member.uncompressed_end()};
    return true;
  }
  return end_ != Position{} && !wanted_.may_be_in(member.summary);
}

// Passes members over that hold nothing wanted, and keeps blocks within one.
void BackwardLog::enter_member() {
  const auto before = [this]() -> const ArchiveMember* {
    return reader_->offset() == 0 ? nullptr : archive_->member_at(reader_->offset() - 1);
  };
  const ArchiveMember* member = before();
  while (member != nullptr && member->uncompressed_end() == reader_->offset() &&
         pass_over(*member)) {
    reader_->skip_to(member->uncompressed_offset);
    member = before();
  }
  if (member != nullptr) reader_->begin_blocks_at(member->uncompressed_offset);
}

// The end must not lie before a segment that cannot be read, or nobody would hear of it.
void BackwardLog::include_unreadable(std::uint64_t number) {
  if (end_ == Position{}) end_ = {number, std::numeric_limits<std::uint64_t>::max()};
}

bool BackwardLog::open_previous_segment() {
  while (unopened_ > 0) {
    const ListedSegment& listed = listing_[--unopened_];
    const std::uint64_t number = listed.name.number;
    if (number > limit_.segment || (number == limit_.segment && limit_.offset == 0)) continue;
    auto opened = open_segment_file(directory_, listed);
    if (!opened && (opened.error().code == ErrorCode::not_found ||
                    opened.error().code == ErrorCode::invalid)) {
      if (report_) report_->pass_over(number);
      continue;
    }
    if (!opened || !opened->damage.empty()) include_unreadable(number);
    if (!opened && report_) report_->cannot_open(number, opened.error());
    if (!opened) continue;
    if (!opened->damage.empty() && report_) report_->archive_damage(number, opened->damage);
    const auto status = opened->file->status();
    if (!status) continue;
    if (report_ && number_ > number + 1 && !is_after_flush_ &&
        !report_->has_unopened(number + 1, number_)) {
      report_->missing(number + 1, number_);
    }
    is_after_flush_ = false;
    file_ = std::move(opened->file);
    archive_ = opened->archive;
    if (pool_ != nullptr && archive_ != nullptr) {
      archive_->use(
          *pool_, [wanted = wanted_, taker = summary_taker()](const RecordSummary& summary) {
            return wanted.may_be_in(summary) && (taker == nullptr || !taker->may_take(summary));
          });
    }
    number_ = number;
    const std::uint64_t end =
        number == limit_.segment ? std::min(status->bytes, limit_.offset) : status->bytes;
    reader_.emplace(*file_, end, block_bytes_);
    return true;
  }
  return false;
}

}  // namespace logd
