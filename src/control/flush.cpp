// SPDX-License-Identifier: Apache-2.0
#include "control/flush.h"

#include <algorithm>

#include "store/segment_tail.h"

namespace logd::control {
namespace {

constexpr auto kRetry = std::chrono::milliseconds(250);

}  // namespace

// Moved to the worker and back; its directory is its own.
struct Flush::Work {
  std::unique_ptr<Directory> directory;
  std::vector<SegmentName> segments;  // oldest first
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::string error;

  void count() {
    for (const SegmentName& segment : segments) {
      auto file = directory->open_file(segment.str(), OpenMode::read);
      if (!file) continue;
      const auto status = (*file)->status();
      if (!status) continue;
      bytes += status->bytes;
      if (segment.form != SegmentName::Form::plain) continue;
      const auto found = count_records(**file, 0, status->bytes);
      if (found) records += *found;
    }
  }

  void remove() {
    for (const SegmentName& segment : segments) {
      auto gone = directory->remove(segment.str());
      if (!gone && gone.error().code != ErrorCode::not_found) error = gone.error().message();
      std::ignore = directory->remove(segment.with(SegmentName::Form::torn).str());
    }
  }
};

Flush::Flush(LogTable& logs, CaptureLoop& capture, FileSystem& file_system, Order order,
             std::function<void(Flush&, LogResult)> done)
    : logs_(logs),
      capture_(capture),
      file_system_(file_system),
      order_(std::move(order)),
      done_(std::move(done)),
      retry_timer_(logs.loop(), [this] { finish(); }) {
  result_.log = order_.name.directory();
}

Result<void> Flush::start() {
  LOGD_TRY_ASSIGN(log_, logs_.open(order_.name));
  if (log_->is_flushing) return fail(ErrorCode::locked, "a flush is under way");
  auto work = std::make_shared<Work>();
  LOGD_TRY_ASSIGN(auto log_dir, file_system_.open_directory(logs_.config().log_dir));
  LOGD_TRY_ASSIGN(work->directory, log_dir->open_directory(result_.log, Create::no));
  LOGD_TRY_ASSIGN(auto plan, log_->log->plan_flush(order_.with_archives));
  work->segments = std::move(plan.segments);
  ++log_->runs;  // keeps the log open
  if (!order_.is_dry_run) {
    capture_.pause(*log_);
    for (Feed* feed : log_->feeds) work->records += feed->source().discard_whole_lines();
  }
  Worker::Job job{.run = [work] { work->count(); }, .done = [this, work] { counted(work); }};
  if (logs_.files().submit(std::move(job))) return {};
  if (!order_.is_dry_run) capture_.resume(*log_);
  --log_->runs;
  return fail(ErrorCode::limit, "too many jobs wait for the disk");
}

void Flush::counted(const std::shared_ptr<Work>& work) {
  result_.records = work->records;
  result_.bytes = work->bytes;
  if (order_.is_dry_run) return end("");
  LedgerFlush flush;
  flush.up_to = log_->log->segment_number();
  flush.records = work->records;
  flush.bytes = work->bytes;
  flush.uid = order_.uid;
  flush.pid = order_.pid;
  if (order_.with_archives) flush.flags |= kFlushArchives;
  if (auto begun = log_->log->begin_flush(flush); !begun) trouble_ = begun.error().message();
  Worker::Job job{.run = [work] { work->remove(); }, .done = [this, work] { removed(work); }};
  if (logs_.files().submit(std::move(job))) return;
  work->remove();
  removed(work);
}

void Flush::removed(const std::shared_ptr<Work>& work) {
  trouble_ = work->error;
  finish();
}

// The event may have to wait for a full disk to get room; the log's streams wait with it.
void Flush::finish() {
  if (auto ended = log_->log->end_flush(); !ended) {
    log_->trouble = ended.error().message();
    retry_timer_.arm_after(kRetry);
    return;
  }
  log_->trouble.clear();
  logs_.mark_written(*log_);
  capture_.resume(*log_);
  result_.changed = true;
  end(trouble_);
}

void Flush::end(std::string error) {
  result_.error = std::move(error);
  --log_->runs;
  logs_.release(*log_);
  done_(*this, result_);
}

}  // namespace logd::control
