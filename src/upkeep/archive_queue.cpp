// SPDX-License-Identifier: Apache-2.0
#include "upkeep/archive_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/diagnostics.h"

namespace logd {
namespace {

constexpr Nanoseconds kFirstRetry = std::chrono::seconds(1);
constexpr Nanoseconds kLongestRetry = std::chrono::minutes(1);

}  // namespace

ArchiveQueue::ArchiveQueue(LogTable& logs, LogCatalog& catalog, Archiver& archiver)
    : logs_(logs),
      catalog_(catalog),
      archiver_(archiver),
      retry_timer_(logs.loop(), [this] { start_next(); }) {}

// Numbers only grow: what was seen to once is not looked at again.
const ClosedSegment* ArchiveQueue::next_of(KeptLog& log) const {
  const std::uint64_t keep = log.config->keep_plain;
  if (!log.config->compress || log.is_flushing || log.closed.size() <= keep) return nullptr;
  const auto end = log.closed.end() - static_cast<std::ptrdiff_t>(keep);
  auto segment = std::partition_point(log.closed.begin(), end, [&log](const ClosedSegment& closed) {
    return closed.number <= log.archived_up_to;
  });
  for (; segment != end; ++segment) {
    if (segment->number >= log.active_number) return nullptr;
    if (!segment->is_archive) return &*segment;
    log.archived_up_to = segment->number;
  }
  return nullptr;
}

void ArchiveQueue::consider(KeptLog& log) {
  if (log.waits_for_archiver || next_of(log) == nullptr) return;
  log.waits_for_archiver = true;
  waiting_.push_back(log.directory);
  start_next();
}

void ArchiveQueue::forget(const KeptLog& log) {
  if (is_working_ && log_ == log.directory) forget_segment(log, segment_.number);
}

// What the archiver has open keeps its room on the disk, so it must let go.
void ArchiveQueue::forget_segment(const KeptLog& log, std::uint64_t number) {
  if (!is_working_ || log_ != log.directory || segment_.number != number) return;
  is_cancelled_ = true;
  archiver_.cancel();
}

void ArchiveQueue::start_next() {
  const MonoTime now = logs_.loop().clock().mono_now();
  for (std::size_t left = waiting_.size(); left > 0 && !is_working_; --left) {
    const std::string next = std::move(waiting_.front());
    waiting_.pop_front();
    KeptLog& log = *catalog_.find(next);
    if (next_of(log) == nullptr) {
      log.waits_for_archiver = false;
    } else if (log.archive_not_before > now) {
      waiting_.push_back(next);
      retry_timer_.arm_no_later(log.archive_not_before);
    } else if (auto started = start(log); !started) {
      end(started);
    }
  }
}

Result<void> ArchiveQueue::start(KeptLog& log) {
  const ClosedSegment& closed = *next_of(log);
  log_ = log.directory;
  segment_ = {closed.number, closed.created, SegmentName::Form::plain};
  is_working_ = true;
  is_cancelled_ = false;
  LOGD_TRY_ASSIGN(directory_, logs_.open_directory(log.name, Create::no));
  LOGD_TRY_ASSIGN(ArchiveFiles files, open_for_archiving(*directory_, segment_));
  archiver_.make(std::move(files), log.config->level,
                 [this](const Result<ArchiveMade>& made) { finished(made); });
  return {};
}

// A flush or retention may have come in between.
bool ArchiveQueue::is_wanted() {
  const KeptLog& log = *catalog_.find(log_);
  return !is_cancelled_ && segment_.number < log.active_number &&
         log.closed.find(segment_.number) != nullptr;
}

void ArchiveQueue::finished(const Result<ArchiveMade>& made) {
  if (made && is_wanted()) return publish(*made);
  abandon_archive(*directory_, segment_);
  end(made ? Result<void>() : fail(made.error()));
}

void ArchiveQueue::publish(const ArchiveMade& made) {
  auto outcome = std::make_shared<Result<void>>();
  Worker::Job job;
  job.run = [directory = directory_, segment = segment_, bytes = made.plain_bytes, outcome] {
    *outcome = publish_archive(*directory, segment, bytes);
  };
  job.done = [this, outcome, bytes = made.archive_bytes] { published(*outcome, bytes); };
  if (logs_.files().submit(std::move(job))) return;
  published(fail(ErrorCode::limit, "too many jobs wait for the disk"), made.archive_bytes);
}

void ArchiveQueue::published(const Result<void>& outcome, std::uint64_t archive_bytes) {
  if (outcome) {
    ++made_;
    catalog_.replace_by_archive(*catalog_.find(log_), segment_.number, archive_bytes);
  } else {
    abandon_archive(*directory_, segment_);
  }
  end(outcome);
}

// Without an archive nothing is lost: the plain segment stays. What may get better by itself is
// tried again, the rest at the next start.
void ArchiveQueue::end(const Result<void>& outcome) {
  KeptLog& log = *catalog_.find(log_);
  const bool has_failed = !outcome && is_wanted() && outcome.error().code != ErrorCode::not_found;
  // It has become an archive without us: `logctl mask --rewrite` makes such.
  if (!outcome && outcome.error().code == ErrorCode::not_found && is_wanted()) catalog_.reload(log);
  directory_.reset();
  is_working_ = false;
  if (has_failed) {
    ++failed_;
    const bool is_final = outcome.error().code == ErrorCode::corrupt;
    if (is_final || log.archive_delay == Nanoseconds(0))
      log_error(fmt::format("{}: segment {} stays uncompressed{}: {}", log.directory,
                            segment_.number, is_final ? "" : " for now",
                            outcome.error().message()));
    if (!is_final) {
      log.archive_delay = std::clamp(log.archive_delay * 2, kFirstRetry, kLongestRetry);
      log.archive_not_before = logs_.loop().clock().mono_now() + log.archive_delay;
    }
  } else {
    log.archive_delay = Nanoseconds(0);
  }
  if (!has_failed || outcome.error().code == ErrorCode::corrupt)
    log.archived_up_to = std::max(log.archived_up_to, is_cancelled_ ? 0 : segment_.number);
  waiting_.push_back(log.directory);
  retry_timer_.arm_no_later(logs_.loop().clock().mono_now());
}

}  // namespace logd
