// SPDX-License-Identifier: Apache-2.0
#include "store/process_log.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "logd/record.h"
#include "store/archiving.h"
#include "store/current_link.h"
#include "store/segment_list.h"
#include "store/segment_tail.h"

namespace logd {
namespace {

std::uint64_t highest_number(const std::vector<SegmentName>& segments) {
  return segments.empty() ? 0 : segments.back().number;
}

bool is_plain(const SegmentName& segment) { return segment.form == SegmentName::Form::plain; }
bool is_archive(const SegmentName& segment) { return segment.form == SegmentName::Form::archive; }

bool is_flushed(const SegmentName& segment, const LedgerFlush& flush) {
  const bool archives_go = (flush.flags & kFlushArchives) != 0;
  return segment.number <= flush.up_to && (archives_go || !is_archive(segment));
}

}  // namespace

ProcessLog::ProcessLog(std::unique_ptr<Directory> directory, Ledger& ledger, const Clock& clock,
                       Limits limits)
    : directory_(std::move(directory)), ledger_(ledger), clock_(clock), limits_(limits) {}

Result<std::unique_ptr<ProcessLog>> ProcessLog::open(std::unique_ptr<Directory> directory,
                                                     Ledger& ledger, const LedgerOrigin& origin,
                                                     const Clock& clock, Limits limits) {
  std::unique_ptr<ProcessLog> log(new ProcessLog(std::move(directory), ledger, clock, limits));
  LOGD_TRY(log->recover(origin));
  // For people: what refuses the link must not stop the log.
  std::ignore = point_current_link(*log->directory_, log->active_name_);
  return log;
}

// ---- recovery

Result<void> ProcessLog::recover(const LedgerOrigin& origin) {
  LOGD_TRY_ASSIGN(const auto segments, list_segments());
  const bool is_believed = ledger_.belongs_to(origin);
  if (is_believed) {
    LOGD_TRY(adopt_live_segment(segments));
  } else {
    recovery_.ledger_ignored = ledger_.is_of_boot(origin.boot_id);
    ledger_.reset(origin);
  }
  if (ledger_.live().number == 0) LOGD_TRY(adopt_newest_segment(segments));
  if (active_) {
    if (ledger_.has_intent()) LOGD_TRY(finish_intent());
    if (is_believed && offset_ < ledger_.live().bytes) {
      note_change(ChangedByHand::truncated);
      must_switch_ = true;
    }
    // A ledger of this boot has seen every write: only the last one can be torn.
    LOGD_TRY_ASSIGN(const std::uint64_t end, is_believed
                                                 ? end_of_last_record(*active_, offset_)
                                                 : end_of_last_sound_record(*active_, offset_));
    LOGD_TRY(cut_tail(end));
  }
  LOGD_TRY(recover_time(segments));
  if (is_flushing()) LOGD_TRY(finish_flush());
  if (!active_ || must_switch_) {
    LOGD_TRY(open_next_segment(std::max(highest_number(segments), ledger_.live().number) + 1));
    std::ignore = store_change();  // a full disk must not stop the start: prepare() tries again
  }
  return {};
}

Result<std::vector<SegmentName>> ProcessLog::list_segments() const {
  LOGD_TRY_ASSIGN(const auto names, list_names(*directory_));
  std::vector<SegmentName> segments;
  for (const std::string& name : names)
    if (const auto parsed = parse_segment_name(name)) segments.push_back(*parsed);
  std::sort(segments.begin(), segments.end(), [](const SegmentName& a, const SegmentName& b) {
    return std::pair(a.number, a.form) < std::pair(b.number, b.form);
  });
  return segments;
}

// Goes on with the segment that the ledger names. If it was deleted by hand, slots and time still
// hold, the append under way is void, and the log goes on in a new segment: an older one may be on
// its way to an archive, and readers have left it.
Result<void> ProcessLog::adopt_live_segment(const std::vector<SegmentName>& segments) {
  const LedgerSegment live = ledger_.live();
  active_name_.number = live.number;
  for (const SegmentName& segment : segments) {
    if (segment.number != live.number || !is_plain(segment)) continue;
    LOGD_TRY_ASSIGN(auto file, directory_->open_file(segment.str(), OpenMode::append));
    LOGD_TRY_ASSIGN(const FileStatus status, file->status());
    if (!status.is_regular || status.inode != live.inode || status.device != live.device) continue;
    active_name_ = segment;
    active_ = std::move(file);
    offset_ = status.bytes;
    return remove_empty_above(live.number, segments);
  }
  if (ledger_.has_intent()) ledger_.commit_part(0);
  if (live.number > 0 && !is_flushing()) note_change(ChangedByHand::deleted);
  return {};
}

// A kill between creating the next segment and naming it in the ledger leaves an empty file behind.
Result<void> ProcessLog::remove_empty_above(std::uint64_t number,
                                            const std::vector<SegmentName>& segments) {
  for (const SegmentName& segment : segments) {
    if (segment.number <= number || !is_plain(segment)) continue;
    LOGD_TRY_ASSIGN(const FileStatus status, directory_->status_of(segment.str()));
    if (status.is_regular && status.bytes == 0) LOGD_TRY(directory_->remove(segment.str()));
  }
  return {};
}

// Without a ledger (another boot) the newest plain segment is the live one, unless its archive is
// newer.
Result<void> ProcessLog::adopt_newest_segment(const std::vector<SegmentName>& segments) {
  if (segments.empty()) return {};
  const std::uint64_t newest = highest_number(segments);
  bool has_archive = false;
  const SegmentName* plain = nullptr;
  for (const SegmentName& segment : segments) {
    if (segment.number != newest) continue;
    if (is_plain(segment)) plain = &segment;
    if (segment.form == SegmentName::Form::archive) has_archive = true;
  }
  if (plain == nullptr || has_archive) return {};
  LOGD_TRY_ASSIGN(auto file, directory_->open_file(plain->str(), OpenMode::append));
  LOGD_TRY_ASSIGN(const FileStatus status, file->status());
  if (!status.is_regular) return {};
  active_name_ = *plain;
  active_ = std::move(file);
  offset_ = status.bytes;
  ledger_.set_live({active_name_.number, status.device, status.inode, offset_});
  return {};
}

// The size of the segment tells how far the append got. Whole records stay, since readers may have
// shown them; their lines are skipped when the stream's shim is back. A torn record is cut off: its
// line is taken again.
Result<void> ProcessLog::finish_intent() {
  const LedgerIntent& intent = ledger_.intent();
  if (intent.segment != active_name_.number || offset_ < intent.offset) {
    ledger_.commit_part(0);
    return {};
  }
  if (offset_ >= intent.offset + intent.length) {
    ledger_.set_live_bytes(offset_);
    ledger_.commit();
    recovery_.finished_append = true;
    return {};
  }
  LOGD_TRY_ASSIGN(const std::uint64_t end, end_of_last_record(*active_, offset_));
  const std::uint64_t whole_end = std::max(end, intent.offset);
  LOGD_TRY_ASSIGN(const std::uint64_t whole, count_records(*active_, intent.offset, whole_end));
  if (whole_end < offset_) LOGD_TRY(active_->truncate(whole_end));
  offset_ = whole_end;
  ledger_.set_live_bytes(offset_);
  ledger_.commit_part(whole);
  recovery_.kept_records = whole;
  return {};
}

// What was torn is kept for people, behind what an earlier power cut tore. A full disk may cost
// that copy, never the start: half a copy is removed.
bool ProcessLog::keep_aside(std::uint64_t begin, std::uint64_t end) {
  const std::string aside = active_name_.with(SegmentName::Form::torn).str();
  auto file = directory_->open_file(aside, OpenMode::create_append);
  if (!file && file.error().code == ErrorCode::exists)
    file = directory_->open_file(aside, OpenMode::append);
  if (!file) return false;
  const auto before = (*file)->status();
  if (!before) return false;
  std::string block;
  for (std::uint64_t at = begin; at < end; at += block.size()) {
    block.resize(std::min<std::uint64_t>(end - at, 64 << 10));
    const bool is_read = read_exactly(*active_, block.data(), block.size(), at).has_value();
    const std::uint64_t to = before->bytes + at - begin;
    const auto put = is_read ? (*file)->write_at(block, to) : Result<std::size_t>(0);
    if (put && *put == block.size()) continue;
    if (before->bytes == 0)
      std::ignore = directory_->remove(aside);
    else
      std::ignore = (*file)->truncate(before->bytes);
    return false;
  }
  return (*file)->sync_data().has_value();
}

Result<void> ProcessLog::cut_tail(std::uint64_t end) {
  if (end == offset_) return {};
  recovery_.torn_is_kept = keep_aside(end, offset_);
  LOGD_TRY(active_->truncate(end));
  recovery_.torn_bytes = offset_ - end;
  offset_ = end;
  if (!must_switch_) ledger_.set_live_bytes(end);
  return {};
}

// Times go on where the newest record left off, whatever the clock says now.
Result<void> ProcessLog::recover_time(const std::vector<SegmentName>& segments) {
  WallTime newest = ledger_.last_time();
  if (active_ && offset_ > 0) {
    LOGD_TRY_ASSIGN(active_since_, time_of_first_record(*active_));
    LOGD_TRY_ASSIGN(const auto time, time_of_record_before(*active_, offset_));
    if (!active_since_) active_since_ = time.value_or(active_name_.created);
    if (time) newest = std::max(newest, *time);
  } else {
    for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
      if (!is_plain(*segment) || (active_ && segment->number >= active_name_.number)) continue;
      LOGD_TRY_ASSIGN(auto file, directory_->open_file(segment->str(), OpenMode::read));
      LOGD_TRY_ASSIGN(const FileStatus status, file->status());
      LOGD_TRY_ASSIGN(const std::uint64_t end, end_of_last_record(*file, status.bytes));
      LOGD_TRY_ASSIGN(const auto time, time_of_record_before(*file, end));
      if (!time) continue;
      newest = std::max(newest, *time);
      break;
    }
  }
  ledger_.set_last_time(newest);
  return {};
}

// ---- appending

WallTime ProcessLog::next_time() const {
  return std::max(clock_.wall_now(), ledger_.last_time() + Nanoseconds(1));
}

std::uint64_t ProcessLog::room() const {
  return offset_ >= limits_.max_segment_bytes ? 0 : limits_.max_segment_bytes - offset_;
}

Result<void> ProcessLog::prepare() {
  LOGD_TRY_ASSIGN(const FileStatus status, active_->status());
  // What is cut or written between this look and the append shows at the next one; since a segment
  // is opened for appending, it leaves no hole.
  const bool is_ours = status.links > 0 && status.bytes == offset_;
  if (is_ours && room() > 0 && !must_switch_ && !untold_change_) [[likely]]
    return {};
  if (!is_ours)
    note_change(status.links == 0        ? ChangedByHand::deleted
                : status.bytes < offset_ ? ChangedByHand::truncated
                                         : ChangedByHand::extended);
  const bool is_full = is_ours && room() == 0;
  if (!is_ours || is_full || must_switch_) LOGD_TRY(open_next_segment(active_name_.number + 1));
  if (is_full) ++counters_.filled_segments;
  LOGD_TRY(store_change());
  return room() > 0 ? Result<void>() : open_next_segment(active_name_.number + 1);
}

// The first change is told: what follows, until there is a new segment, follows from it.
void ProcessLog::note_change(ChangedByHand change) {
  if (!untold_change_) untold_change_ = changed_by_hand_event(change, active_name_.number);
  changed_ = untold_change_;
}

Result<void> ProcessLog::store_change() {
  if (!untold_change_) return {};
  LOGD_TRY(append_one_event(*untold_change_));
  untold_change_.reset();
  return {};
}

Appended ProcessLog::append(const AppendRequest& request) {
  LedgerIntent intent;
  intent.slot = request.slot;
  intent.after = request.after;
  intent.segment = active_name_.number;
  intent.offset = offset_;
  intent.length = request.bytes.size();
  intent.records = request.records;
  intent.first_time = request.first_time.time_since_epoch().count();
  intent.skip_before = request.slot == kNoSlot ? 0 : ledger_.slot(request.slot).skip_records;
  intent.max_line = request.max_line;
  ledger_.begin(intent);

  std::size_t written = 0;
  while (written < request.bytes.size()) {
    const auto put = active_->write_at(request.bytes.substr(written), offset_ + written);
    if (put && *put > 0) {
      written += *put;
      continue;
    }
    Appended part;
    part.error = put ? Error{ErrorCode::no_space, 0, "short write"} : put.error();
    const std::size_t whole = request.bytes.substr(0, written).rfind('\n') + 1;  // npos + 1 == 0
    part.records = static_cast<std::uint64_t>(std::count(
        request.bytes.begin(), request.bytes.begin() + static_cast<std::ptrdiff_t>(whole), '\n'));
    if (written > whole) mend_partial_write(whole);
    if (whole > 0) note_begin(request);
    offset_ += whole;
    counters_.written_bytes += whole;
    ledger_.set_live_bytes(offset_);
    ledger_.commit_part(part.records);
    return part;
  }
  note_begin(request);
  offset_ += written;
  counters_.written_bytes += written;
  ledger_.set_live_bytes(offset_);
  ledger_.commit();
  return {.records = request.records, .complete = true, .error = {}};
}

void ProcessLog::note_begin(const AppendRequest& request) {
  if (offset_ == 0 && !request.bytes.empty()) active_since_ = request.first_time;
}

// Cuts off a torn record. If that fails too, nothing may follow it in this segment: readers stop at
// its last newline.
void ProcessLog::mend_partial_write(std::uint64_t whole_bytes) {
  if (!active_->truncate(offset_ + whole_bytes)) must_switch_ = true;
}

std::uint64_t ProcessLog::next_run() {
  if (ledger_.run_count() > 0) return ledger_.run_count() + 1;
  auto segments = list_segments();
  if (!segments) return 1;
  for (auto segment = segments->rbegin(); segment != segments->rend(); ++segment) {
    if (!is_plain(*segment)) continue;
    auto file = directory_->open_file(segment->str(), OpenMode::read);
    if (!file) continue;
    const auto status = (*file)->status();
    if (!status) continue;
    const auto run = last_run_before(**file, status->bytes);
    if (run && *run) return **run + 1;
    if (status->bytes > 0) break;  // its runs began before what is looked at
  }
  return 1;
}

Result<void> ProcessLog::append_event(std::string_view text) {
  LOGD_TRY(prepare());
  return append_one_event(text);
}

Result<void> ProcessLog::append_one_event(std::string_view text) {
  AppendRequest request;
  request.first_time = next_time();
  const std::string record = encode_event(request.first_time, text);
  request.bytes = record;
  request.records = 1;
  Appended appended = append(request);
  if (!appended.complete) return fail(std::move(appended.error));
  return {};
}

// ---- segments

// Order: the file, the ledger. Until the ledger names the new file, a crash leaves it empty and
// recovery removes it; readers move on only to a segment that holds something. The link is the
// caller's business.
Result<void> ProcessLog::open_next_segment(std::uint64_t number) {
  if (number > kMaxSegmentNumber)  // somebody has put one there
    return fail(ErrorCode::limit, "there is no segment number left: remove the one of the highest");
  SegmentName next;
  next.number = number;
  next.created = std::chrono::floor<std::chrono::seconds>(clock_.wall_now());
  LOGD_TRY_ASSIGN(auto file, directory_->open_file(next.str(), OpenMode::create_append));
  auto status = file->status();
  if (!status) {
    std::ignore = directory_->remove(next.str());
    return fail(status.error());
  }
  ledger_.set_live({next.number, status->device, status->inode, 0});
  if (active_ && offset_ > 0)
    closed_.push_back({active_name_, offset_, ledger_.last_time(), std::move(active_)});
  active_name_ = next;
  active_ = std::move(file);
  offset_ = 0;
  active_since_.reset();
  has_new_name_ = true;
  must_switch_ = false;
  return {};
}

Result<bool> ProcessLog::rotate() {
  if (offset_ == 0) return false;
  LOGD_TRY(open_next_segment(active_name_.number + 1));
  return true;
}

// ---- flush

Result<FlushPlan> ProcessLog::plan_flush(bool with_archives) const {
  LOGD_TRY_ASSIGN(const auto segments, list_segments());
  FlushPlan plan;
  for (const SegmentName& segment : segments)
    if (segment.number <= active_name_.number &&
        (is_plain(segment) || (with_archives && is_archive(segment))))
      plan.segments.push_back(segment);
  return plan;
}

Result<void> ProcessLog::begin_flush(const LedgerFlush& flush) {
  if (ledger_.has_intent() || is_flushing()) return fail(ErrorCode::locked, "a flush is under way");
  ledger_.begin_flush(flush);
  return {};
}

// Opens the segment behind the flushed ones. Where the disk is too full even for an empty file,
// what is to be deleted anyway goes first, one by one and the active segment last of all.
Result<void> ProcessLog::leave_flushed_segment() {
  const LedgerFlush flush = ledger_.flush();
  if (active_ && active_name_.number > flush.up_to) return {};
  auto opened = open_next_segment(flush.up_to + 1);
  if (!opened && opened.error().code == ErrorCode::no_space) {
    LOGD_TRY_ASSIGN(const auto segments, list_segments());
    for (const SegmentName& segment : segments) {
      if (!is_flushed(segment, flush)) continue;
      LOGD_TRY(remove_segment(segment));
      opened = open_next_segment(flush.up_to + 1);
      if (opened || opened.error().code != ErrorCode::no_space) break;
    }
  }
  // What is about to be deleted needs no sync; as long as it is open, its room stays taken.
  if (opened) closed_.clear();
  return opened;
}

Result<void> ProcessLog::remove_segment(const SegmentName& segment) {
  return remove_segment_files(*directory_, segment);
}

Result<void> ProcessLog::finish_flush() {
  LOGD_TRY(leave_flushed_segment());
  const LedgerFlush flush = ledger_.flush();
  LOGD_TRY_ASSIGN(const auto segments, list_segments());
  for (const SegmentName& segment : segments)
    if (is_flushed(segment, flush)) LOGD_TRY(remove_segment(segment));
  LOGD_TRY(store_flush_event());
  recovery_.finished_flush = true;
  end_flush();
  return {};
}

// The event is the first record behind the flush: if anything was stored there, it was.
Result<void> ProcessLog::store_flush_event() {
  LOGD_TRY(leave_flushed_segment());
  const LedgerFlush& flush = ledger_.flush();
  if (active_name_.number > flush.up_to + 1 || offset_ > 0) return {};
  return append_event(flushed_event(flush.uid, flush.pid, flush.records, flush.bytes));
}

Result<void> ProcessLog::replace_directory(std::unique_ptr<Directory> directory,
                                           const LedgerOrigin& origin) {
  directory_ = std::move(directory);
  ledger_.move_to(origin);
  must_switch_ = true;  // if the rest fails, the next append tries it again
  note_change(ChangedByHand::directory);
  LOGD_TRY_ASSIGN(const auto segments, list_segments());
  // It may be an older directory that was moved back, with a log of its own in it.
  const std::shared_ptr<File> active = std::exchange(active_, nullptr);
  const auto timed = recover_time(segments);
  active_ = active;
  LOGD_TRY(timed);
  return open_next_segment(std::max(active_name_.number, highest_number(segments)) + 1);
}

}  // namespace logd
