// SPDX-License-Identifier: Apache-2.0
#include "upkeep/archive_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/diagnostics.h"

namespace logd {
namespace {

constexpr auto kFirstRetry = std::chrono::seconds(1);
constexpr auto kLongestRetry = std::chrono::minutes(1);

}  // namespace

ArchiveQueue::ArchiveQueue(LogTable& logs, LogCatalog& catalog, Archiver& archiver,
                           std::function<void(KeptLog&)> on_archived)
    : logs_(logs),
      catalog_(catalog),
      archiver_(archiver),
      on_archived_(std::move(on_archived)),
      retry_delay_(kFirstRetry),
      retry_timer_(logs.loop(), [this] { start_next(); }) {}

void ArchiveQueue::consider(KeptLog& log) {
  if (!log.config->compress) return;
  const std::uint64_t keep = log.config->keep_plain;
  if (log.closed.size() <= keep) return;
  const auto end = log.closed.end() - static_cast<std::ptrdiff_t>(keep);
  // Numbers only grow: what was thought of once is not looked at again.
  auto segment = std::partition_point(
      log.closed.begin(), end,
      [&log](const ClosedSegment& closed) { return closed.number <= log.queued_up_to; });
  for (; segment != end; ++segment) {
    log.queued_up_to = segment->number;
    if (!segment->is_archive) waiting_.push_back({log.directory, segment->number});
  }
  if (!retry_timer_.is_armed()) start_next();
}

void ArchiveQueue::forget(const KeptLog& log) {
  if (is_working_ && current_.log == log.directory) is_cancelled_ = true;
  std::erase_if(waiting_, [&log](const Order& order) { return order.log == log.directory; });
}

void ArchiveQueue::start_next() {
  while (!is_working_ && !waiting_.empty()) {
    current_ = std::move(waiting_.front());
    waiting_.pop_front();
    KeptLog* log = catalog_.find(current_.log);
    const ClosedSegment* closed = log == nullptr ? nullptr : log->closed.find(current_.number);
    if (closed == nullptr || closed->is_archive) continue;  // deleted meanwhile
    segment_ = {closed->number, closed->created, SegmentName::Form::plain};
    is_cancelled_ = false;
    if (auto started = start(*log, segment_); !started) give_up(started.error());
    if (retry_timer_.is_armed()) return;
  }
}

Result<void> ArchiveQueue::start(KeptLog& log, const SegmentName& segment) {
  LOGD_TRY_ASSIGN(auto directory, logs_.open_directory(log.name, Create::no));
  directory_ = std::move(directory);
  LOGD_TRY_ASSIGN(ArchiveFiles files, open_for_archiving(*directory_, segment));
  is_working_ = true;
  archiver_.make(std::move(files), log.config->level,
                 [this](const Result<ArchiveMade>& made) { finished(made); });
  return {};
}

void ArchiveQueue::finished(const Result<ArchiveMade>& made) {
  KeptLog* log = catalog_.find(current_.log);
  const bool is_wanted = !is_cancelled_ && log != nullptr && !log->is_flushing &&
                         log->closed.find(current_.number) != nullptr;
  if (made && is_wanted) return publish(*log, made->archive_bytes);
  abandon_archive(*directory_, segment_);
  is_working_ = false;
  if (!made && is_wanted) give_up(made.error());
  done_with_it();
}

void ArchiveQueue::publish(KeptLog& log, std::uint64_t bytes) {
  auto outcome = std::make_shared<Result<void>>();
  Worker::Job job;
  job.run = [directory = directory_, segment = segment_, outcome] {
    *outcome = publish_archive(*directory, segment);
  };
  job.done = [this, outcome, bytes] { published(*outcome, bytes); };
  if (logs_.files().submit(std::move(job))) return;
  published(fail(ErrorCode::limit, log.directory + ": too many jobs wait for the disk"), bytes);
}

void ArchiveQueue::published(const Result<void>& outcome, std::uint64_t bytes) {
  is_working_ = false;
  KeptLog* log = catalog_.find(current_.log);
  if (!outcome) {
    abandon_archive(*directory_, segment_);
    if (!is_cancelled_) give_up(outcome.error());
  } else {
    ++made_;
    retry_delay_ = kFirstRetry;
    if (log != nullptr && log->closed.replace_by_archive(current_.number, bytes)) on_archived_(*log);
  }
  done_with_it();
}

// Without an archive nothing is lost: the plain segment stays. What may get better by itself is
// tried again, the rest at the next start.
void ArchiveQueue::give_up(const Error& error) {
  ++failed_;
  directory_.reset();
  if (error.code == ErrorCode::not_found) return;  // deleted by hand
  log_error(fmt::format("{}: segment {} stays uncompressed: {}", current_.log, current_.number,
                        error.message()));
  if (error.code == ErrorCode::corrupt) return;
  waiting_.push_front(current_);
  retry_timer_.arm_after(retry_delay_);
  retry_delay_ = std::min<Nanoseconds>(retry_delay_ * 2, kLongestRetry);
}

void ArchiveQueue::done_with_it() {
  directory_.reset();
  if (!retry_timer_.is_armed()) start_next();
}

}  // namespace logd
