// Sees to it that closed segments become archives, one after another, oldest first.
//
// Which ones: all but the newest keep_plain of a log with `compress`. The steps are
// store/archiving.h's; compressing is the archiver's, names are changed by the files worker. Loop
// thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "upkeep/archiver.h"
#include "upkeep/log_catalog.h"

namespace logd {

class ArchiveQueue {
 public:
  // `on_archived` is called after a segment of the log has become an archive.
  ArchiveQueue(LogTable& logs, LogCatalog& catalog, Archiver& archiver,
               std::function<void(KeptLog&)> on_archived);

  // Takes up what is to be archived of the log by now.
  void consider(KeptLog& log);
  // Its segments are about to be deleted: what is under way of them is not finished.
  void forget(const KeptLog& log);

  std::size_t waiting() const { return waiting_.size(); }
  std::uint64_t made() const { return made_; }
  std::uint64_t failed() const { return failed_; }

 private:
  struct Order {
    std::string log;
    std::uint64_t number = 0;
  };

  void start_next();
  Result<void> start(KeptLog& log, const SegmentName& segment);
  void finished(const Result<ArchiveMade>& made);
  void publish(KeptLog& log, std::uint64_t bytes);
  void published(const Result<void>& outcome, std::uint64_t bytes);
  void give_up(const Error& error);
  void done_with_it();

  LogTable& logs_;
  LogCatalog& catalog_;
  Archiver& archiver_;
  std::function<void(KeptLog&)> on_archived_;
  std::deque<Order> waiting_;
  bool is_working_ = false;
  bool is_cancelled_ = false;
  Order current_;
  SegmentName segment_;
  std::shared_ptr<Directory> directory_;  // of the segment; the worker's during a job
  std::uint64_t made_ = 0;
  std::uint64_t failed_ = 0;
  Nanoseconds retry_delay_;
  Timer retry_timer_;
};

}  // namespace logd
