// SPDX-License-Identifier: Apache-2.0
#include "control/flush.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/diagnostics.h"
#include "capture/log_flush.h"
#include "store/archiving.h"
#include "store/event.h"
#include "store/segment_tail.h"

namespace logd::control {
namespace {

constexpr auto kRetry = std::chrono::milliseconds(250);
// A job is short, so that syncs get their turn and a stop has to wait for none.
constexpr std::uint64_t kPieceBytes = 8 << 20;
constexpr std::size_t kMaxPieceSegments = 256;
constexpr auto kRemovalTime = std::chrono::milliseconds(10);
// What is counted while the streams wait: written just now, so it is in memory.
constexpr std::uint64_t kRestBytes = 4 << 20;
// A stream that writes, or rotates, faster than we count is not run after for ever.
constexpr int kMaxRounds = 16;

}  // namespace

struct Flush::Piece {
  std::vector<SegmentName> segments;  // the first ones of to_count_
  std::uint64_t begin = 0;            // in the first of them
  std::uint64_t bytes = kPieceBytes;  // at most
  std::uint64_t active_end = 0;       // 0: they are closed, and do not grow while they are counted
  std::uint64_t records = 0;
  std::size_t counted_segments = 0;  // to their ends; also files that have gone
  std::uint64_t counted_sizes = 0;   // of these
  std::uint64_t counted_bytes = 0;   // of the one behind these

  void count(Directory& directory) {
    for (const SegmentName& segment : segments) {
      if (bytes == 0 || !count(directory, segment)) return;
      ++counted_segments;
      begin = 0;
    }
  }

  // False if it was not counted to its end.
  bool count(Directory& directory, const SegmentName& segment) {
    counted_bytes = 0;
    auto file = directory.open_file(segment.str(), OpenMode::read);
    if (!file) return true;
    const auto status = (*file)->status();
    if (!status) return true;
    const bool is_plain = segment.form == SegmentName::Form::plain;
    const std::uint64_t end = is_plain ? std::min(status->bytes, begin + bytes) : status->bytes;
    if (is_plain && end > begin) {
      if (const auto found = count_records(**file, begin, end)) records += *found;
      bytes -= end - begin;
    }
    if (end < status->bytes) {
      counted_bytes = end;
      return false;
    }
    counted_sizes += status->bytes;
    return true;
  }
};

Flush::Flush(LogTable& logs, CaptureLoop& capture, FileSystem& file_system, Order order,
             std::function<void(Flush&, LogResult)> done)
    : logs_(logs),
      capture_(capture),
      file_system_(file_system),
      order_(std::move(order)),
      done_(std::move(done)),
      retry_timer_(logs.loop(), [this] { go_on(); }) {
  result_.log = order_.name.directory();
}

Result<void> Flush::start() {
  LOGD_TRY_ASSIGN(log_, logs_.open(order_.name));
  if (log_->has_flush) return fail(ErrorCode::locked, "a flush is under way");
  LOGD_TRY_ASSIGN(auto log_dir, file_system_.open_directory(logs_.config().log_dir));
  LOGD_TRY_ASSIGN(directory_, log_dir->open_directory(result_.log, Create::no));
  LOGD_TRY(plan_more());
  ++log_->runs;  // keeps the log open
  log_->has_flush = !order_.is_dry_run;
  if (log_->has_flush && logs_.listener() != nullptr) logs_.listener()->flush_begins(*log_);
  retry_timer_.arm(logs_.loop().now());
  return {};
}

void Flush::go_on() {
  if (has_begun_)
    remove_on();
  else
    count_on();
}

bool Flush::is_active(const SegmentName& segment) const {
  return segment.number == log_->log->segment_number() && segment.form == SegmentName::Form::plain;
}

// ---- counting

Result<void> Flush::plan_more() {
  LOGD_TRY_ASSIGN(const FlushPlan plan, log_->log->plan_flush(order_.with_archives));
  const std::uint64_t planned = planned_;
  for (const SegmentName& segment : plan.segments) {
    if (segment.number > planned) to_count_.push_back(segment);
    planned_ = std::max(planned_, segment.number);
  }
  return {};
}

void Flush::count_on() {
  if (to_count_.empty()) {
    if (++rounds_ > kMaxRounds) pause();
    auto planned = plan_more();
    if (!planned) return end(planned.error().message());
    // The active segment was deleted by hand: nothing of it is left to count.
    if (to_count_.empty()) return catch_up(counted_bytes_ = 0);
  }
  if (!is_active(to_count_.front())) return count_closed();
  const std::uint64_t end = log_->log->segment_bytes();
  if (end <= counted_bytes_ + kRestBytes || ++rounds_ > kMaxRounds) return catch_up(end);
  count_active(end);
}

void Flush::count_closed() {
  auto piece = std::make_shared<Piece>();
  piece->begin = counted_bytes_;
  for (const SegmentName& segment : to_count_) {
    if (is_active(segment) || piece->segments.size() == kMaxPieceSegments) break;
    piece->segments.push_back(segment);
  }
  count(piece);
}

void Flush::count_active(std::uint64_t end) {
  auto piece = std::make_shared<Piece>();
  piece->segments = {to_count_.front()};
  piece->begin = counted_bytes_;
  piece->bytes = std::min(end - counted_bytes_, kPieceBytes);
  piece->active_end = counted_bytes_ + piece->bytes;
  count(piece);
}

void Flush::count(const std::shared_ptr<Piece>& piece) {
  Worker::Job job{.run = [piece, directory = directory_] { piece->count(*directory); },
                  .done = [this, piece] { counted(*piece); },
                  .is_awaited = true};
  if (!logs_.files().submit(std::move(job))) retry_timer_.arm_after(kRetry);
}

void Flush::counted(const Piece& piece) {
  result_.records += piece.records;
  if (piece.active_end > 0) {
    counted_bytes_ = piece.active_end;
  } else {
    result_.bytes += piece.counted_sizes;
    counted_bytes_ = piece.counted_bytes;
    to_count_.erase(to_count_.begin(),
                    to_count_.begin() + static_cast<std::ptrdiff_t>(piece.counted_segments));
  }
  count_on();
}

void Flush::pause() {
  if (!order_.is_dry_run && !log_->is_flushing) capture_.pause(*log_);
}

// The rest is small, or will be once the streams wait.
void Flush::catch_up(std::uint64_t end) {
  pause();
  const bool is_small = end <= counted_bytes_ + kRestBytes;
  if (!is_small && !order_.is_dry_run) return count_active(end);
  if (is_small && end > counted_bytes_) {
    const auto rest = count_records(*log_->log->active_file(), counted_bytes_, end);
    if (rest) result_.records += *rest;
  }
  result_.bytes += end;
  if (!order_.is_dry_run) return begin();
  for (Feed* feed : log_->feeds) result_.records += feed->source().count_whole_lines();
  this->end("");
}

// ---- deleting

void Flush::begin() {
  LedgerFlush flush;
  flush.records = result_.records;
  flush.bytes = result_.bytes;
  flush.uid = order_.uid;
  flush.pid = order_.pid;
  if (order_.with_archives) flush.flags |= kFlushArchives;
  std::vector<Source*> sources;
  for (Feed* feed : log_->feeds) sources.push_back(&feed->source());
  auto begun = begin_log_flush(*log_->log, sources, flush);
  if (!begun) return end(begun.error().message());
  has_begun_ = true;
  result_.records = flush.records;
  // From here on it is finished, be it by the next start. The event goes with the next flush.
  log_info(fmt::format("{}: {}", result_.log,
                       flushed_event(order_.uid, order_.pid, flush.records, flush.bytes)));
  to_remove_.assign(begun->begin(), begun->end());
  // They need no sync, and as long as one is open, its room stays taken.
  for (const SegmentName& segment : to_remove_) logs_.forget_closed(log_->name, segment.number);
  store_event();
  remove_on();
}

// On a full disk the event has to wait until enough has been deleted, and the streams with it.
void Flush::store_event() {
  if (has_event_) return;
  if (auto stored = log_->log->store_flush_event(); !stored) {
    log_->trouble = stored.error().message();
    // Deleted by hand meanwhile: nobody else makes it anew while the streams wait.
    if (stored.error().code == ErrorCode::not_found) std::ignore = logs_.reopen_directory(*log_);
    return;
  }
  has_event_ = true;
  log_->trouble.clear();
  logs_.mark_written(*log_);
  capture_.resume(*log_);
}

void Flush::remove_on() {
  store_event();
  if (to_remove_.empty()) {
    if (!has_event_) return retry_timer_.arm_after(kRetry);
    log_->log->end_flush();
    result_.changed = true;
    return end(trouble_);
  }
  struct Removal {
    std::vector<SegmentName> segments;
    std::size_t removed = 0;
    std::string error;
  };
  auto removal = std::make_shared<Removal>();
  const std::size_t most = std::min(to_remove_.size(), kMaxPieceSegments);
  removal->segments.assign(to_remove_.begin(),
                           to_remove_.begin() + static_cast<std::ptrdiff_t>(most));
  Worker::Job job;
  job.is_awaited = true;
  job.run = [removal, directory = directory_] {
    const auto started = std::chrono::steady_clock::now();
    for (const SegmentName& segment : removal->segments) {
      auto gone = remove_segment_files(*directory, segment);
      if (!gone && removal->error.empty()) removal->error = gone.error().message();
      ++removal->removed;
      if (std::chrono::steady_clock::now() - started > kRemovalTime) return;
    }
  };
  job.done = [this, removal] {
    if (trouble_.empty()) trouble_ = removal->error;
    to_remove_.erase(to_remove_.begin(),
                     to_remove_.begin() + static_cast<std::ptrdiff_t>(removal->removed));
    remove_on();
  };
  if (!logs_.files().submit(std::move(job))) retry_timer_.arm_after(kRetry);
}

void Flush::end(std::string error) {
  result_.error = std::move(error);
  if (!order_.is_dry_run) {
    log_->has_flush = false;
    if (logs_.listener() != nullptr) logs_.listener()->flush_ended(*log_);
    if (log_->is_flushing) capture_.resume(*log_);
  }
  --log_->runs;
  logs_.release(*log_);
  done_(*this, result_);
}

}  // namespace logd::control
