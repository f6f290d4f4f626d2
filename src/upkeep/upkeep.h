// Keeps logs within their limits: rotates by time, has archives made, and has deleted what must go.
//
// Decides when; how is archive_queue.h's and pruner.h's business, and rotation by size that of the
// append itself. Learns from the log table what is written and closed; between that and the next
// moment that is due nothing wakes up. None of it takes longer because there are many logs. Loop
// thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "base/schedule.h"
#include "base/time_zone.h"
#include "capture/log_table.h"
#include "loop/wall_timer.h"
#include "upkeep/archive_queue.h"
#include "upkeep/log_catalog.h"
#include "upkeep/pruner.h"
#include "upkeep/ship_holds.h"

namespace logd {

class Upkeep final : public LogListener {
 public:
  // Makes what calls `on_time` at the time that it is armed for, and when the clock was set.
  using AlarmMaker =
      std::function<Result<std::unique_ptr<WallAlarm>>(std::function<void()> on_time)>;

  // Reads all of log_dir, finishes what a killed predecessor left, and applies the limits. The
  // references must outlive it. Errors: invalid (time zone), permission, io.
  static Result<std::unique_ptr<Upkeep>> create(LogTable& logs, Archiver& archiver,
                                                const AlarmMaker& make_alarm);
  // With a WallTimer.
  static Result<std::unique_ptr<Upkeep>> create(LogTable& logs, Archiver& archiver);
  ~Upkeep() override;

  void segments_left(OpenLog& log, const std::vector<LeftSegment>& segments) override;
  void looked_after(OpenLog& log) override;
  void flush_begins(OpenLog& log) override;
  void flush_ended(OpenLog& log) override;
  void changed_by_hand(OpenLog& log) override;
  void log_dir_replaced() override;
  void closes(OpenLog& log) override;

  // The store could not write to a full disk: deletes the oldest closed segment that may go for
  // it, and calls `on_room` when it has gone. False if there is none.
  bool make_room(std::function<void()> on_room) { return pruner_.make_room(std::move(on_room)); }

  // The configuration has other values: all logs go by them from now on. Errors: invalid (time
  // zone); nothing has changed then.
  Result<void> follow_config();

  // Applies all limits now; as Pruner::prune().
  void prune(Pruner::Done done = nullptr);
  // What prune() would delete.
  std::vector<Pruner::Choice> plan_prune();
  const Pruner& pruner() const { return pruner_; }
  const ArchiveQueue& archives() const { return archives_; }
  LogCatalog& catalog() { return *catalog_; }

 private:
  Upkeep(LogTable& logs, Archiver& archiver, TimeZone zone, std::unique_ptr<LogCatalog> catalog);

  WallTime now() const { return logs_.loop().clock().wall_now(); }
  void parse_schedules();
  const Schedule& schedule_of(const KeptLog& log) const;
  void take_over(KeptLog& log);
  void holds_changed();
  void on_time();
  void do_some_of_what_is_due();
  void notice_clock_steps();
  void wake(KeptLog& log, bool& has_opened);
  void rotate(KeptLog& log, bool& has_opened);
  bool has_gone(KeptLog& log);
  std::optional<WallTime> next_wake(KeptLog& log);
  void schedule(KeptLog& log);
  void arm();

  LogTable& logs_;
  TimeZone zone_;
  std::unique_ptr<LogCatalog> catalog_;
  Pruner pruner_;
  ShipHolds holds_;
  ArchiveQueue archives_;
  std::map<const ProcessConfig*, Schedule> schedules_;
  std::set<std::pair<WallTime, KeptLog*>> wake_ups_;  // by wake_at
  MonoTime next_disk_look_{};
  bool is_on_time_ = false;
  Nanoseconds clock_offset_{};  // of the wall clock to the other one
  std::unique_ptr<WallAlarm> alarm_;
  Timer more_timer_;
};

}  // namespace logd
