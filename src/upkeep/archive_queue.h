// Sees to it that closed segments become archives, one after another, oldest first, a log at a
// time.
//
// Which ones: all but the newest keep_plain of a log with `compress`. The steps are
// store/archiving.h's; compressing is the archiver's, names are changed by the files worker. A log
// whose segment fails waits, and holds up no other. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "upkeep/archiver.h"
#include "upkeep/log_catalog.h"

namespace logd {

class ArchiveQueue {
 public:
  // All must outlive the queue.
  ArchiveQueue(LogTable& logs, LogCatalog& catalog, Archiver& archiver);

  // Takes up what is to be archived of the log by now.
  void consider(KeptLog& log);
  // Its segments are about to be deleted: what is under way of them is not finished.
  void forget(const KeptLog& log);
  void forget_segment(const KeptLog& log, std::uint64_t number);

  std::size_t waiting_logs() const { return waiting_.size(); }
  std::uint64_t made() const { return made_; }
  std::uint64_t failed() const { return failed_; }  // attempts

 private:
  const ClosedSegment* next_of(KeptLog& log) const;
  void start_next();
  Result<void> start(KeptLog& log);
  void finished(const Result<ArchiveMade>& made);
  void publish(const ArchiveMade& made);
  void published(const Result<void>& outcome, std::uint64_t archive_bytes);
  void end(const Result<void>& outcome);
  bool is_wanted();

  LogTable& logs_;
  LogCatalog& catalog_;
  Archiver& archiver_;
  std::deque<std::string> waiting_;  // directories of logs, each once
  bool is_working_ = false;
  bool is_cancelled_ = false;
  std::string log_;  // what is under way, from here on
  SegmentName segment_;
  std::shared_ptr<Directory> directory_;  // the worker's during a job
  std::uint64_t made_ = 0;
  std::uint64_t failed_ = 0;
  Timer retry_timer_;
};

}  // namespace logd
