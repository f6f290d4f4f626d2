// Keeps logs within their limits: rotates by time, has archives made, and has deleted what must go.
//
// Decides when; how is archive_queue.h's and pruner.h's business, and rotation by size that of the
// append itself. Learns from the log table what is written and closed; between that and the next
// moment that is due nothing wakes up. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/schedule.h"
#include "base/time_zone.h"
#include "capture/log_table.h"
#include "loop/wall_timer.h"
#include "upkeep/archive_queue.h"
#include "upkeep/log_catalog.h"
#include "upkeep/pruner.h"

namespace logd {

class Upkeep final : public LogListener {
 public:
  // Reads all of log_dir, finishes what a killed predecessor left, and applies the limits. The
  // references must outlive it. Errors: invalid (time zone), permission, io.
  static Result<std::unique_ptr<Upkeep>> create(EventLoop& loop, LogTable& logs,
                                                Archiver& archiver);
  ~Upkeep() override;

  void segments_left(OpenLog& log, const std::vector<LeftSegment>& segments) override;
  void looked_after(OpenLog& log) override;
  void flush_begins(OpenLog& log) override;
  void flush_ended(OpenLog& log) override;
  void changed_by_hand(OpenLog& log) override;
  void closes(OpenLog& log) override;

  // The store could not write to a full disk: deletes the oldest closed segment that may go for
  // it, and calls `on_room` when it has gone. False if there is none.
  bool make_room(std::function<void()> on_room) { return pruner_.make_room(std::move(on_room)); }

  // Applies all limits now.
  void prune();
  const Pruner& pruner() const { return pruner_; }
  const ArchiveQueue& archives() const { return archives_; }
  LogCatalog& catalog() { return catalog_; }

 private:
  Upkeep(EventLoop& loop, LogTable& logs, Archiver& archiver, TimeZone zone);

  void update_due(KeptLog& log) const;
  void rotate_due(KeptLog& log, WallTime now);
  void on_time();
  void arm();

  EventLoop& loop_;
  LogTable& logs_;
  TimeZone zone_;
  LogCatalog catalog_;
  Pruner pruner_;
  ArchiveQueue archives_;
  std::map<const ProcessConfig*, Schedule> schedules_;
  MonoTime next_disk_look_{};
  WallTime last_attempt_{};
  std::unique_ptr<WallTimer> timer_;
};

}  // namespace logd
