// Deletes closed segments: what the limits of a log, of all logs and of the disk demand.
//
// Which ones is retention.h's decision; here they leave the catalog at once and the disk by the
// files worker, and each is told in logd's own log with the reason. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "loop/worker.h"
#include "store/age_clock.h"
#include "store/retention.h"
#include "upkeep/log_catalog.h"

namespace logd {

// What min_free wants to be free of a file system.
std::uint64_t wanted_free(const SizeOrPercent& wanted, const DiskSpace& space);

class Pruner {
 public:
  // One segment that goes, or would.
  struct Choice {
    std::string log;  // process or process@instance
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;
    PruneReason reason = PruneReason::retain;
    std::string text;   // for people: why
    std::string error;  // for people: why it could not be deleted; empty: it was, or would be
  };
  using Done = std::function<void(const std::vector<Choice>&)>;

  // The catalog is loaded; both must outlive this.
  Pruner(LogTable& logs, LogCatalog& catalog);

  // Called right before the files of a segment are deleted because the disk lacks room: who has
  // them open must let go.
  using OnRoomWanted = std::function<void(const KeptLog& log, std::uint64_t number)>;
  void set_on_room_wanted(OnRoomWanted wanted) { on_room_wanted_ = std::move(wanted); }

  // Asked before `retain` and `max_age` take a segment: the first one that has to stay, if any.
  using HeldFrom = std::function<std::optional<std::uint64_t>(const KeptLog& log)>;
  void set_held_from(HeldFrom held_from) { held_from_ = std::move(held_from); }

  // Applies the limits of one log.
  void enforce(KeptLog& log);
  // Applies the limits of all logs and of the file system.
  void enforce_disk_limits();
  // The store could not write: deletes the oldest closed segment of all that may go for it. False
  // if there is none; else `done` is called when it has gone.
  bool make_room(std::function<void()> done);

  // What all limits together would delete now; nothing is changed.
  std::vector<Choice> plan();

  // Deletes what plan() says. `done`, which may be null, is called when that has gone, also from
  // within if nothing has to.
  void prune(Done done);

  // Segments deleted since logd started, for this reason.
  std::uint64_t deleted(PruneReason reason) const {
    return deleted_by_reason_[static_cast<std::size_t>(reason)];
  }

  // When the oldest segment of `log` reaches its max_age.
  static std::optional<WallTime> next_expiry(const KeptLog& log);

 private:
  using Told = std::function<void(const Result<void>&)>;
  enum class Which { all, those_that_prune };

  struct Removal {
    ClosedSegment segment;
    PruneReason reason = PruneReason::retain;
    std::string why;
    Told told;
  };
  // Of one log.
  struct Removals {
    std::deque<Removal> waiting;
    std::vector<Removal> under_way;  // in one job of the worker
  };

  WallTime age_time() const;
  std::uint64_t bytes_over_disk_limits(PruneReason& reason) const;
  std::vector<std::pair<KeptLog*, PruneChoice>> oldest(std::uint64_t bytes, Which which) const;
  bool is_touchable(const KeptLog& log) const;
  bool is_stuck(const KeptLog& log, std::uint64_t number) const;
  std::vector<PrunedSegment> expired_of(const KeptLog& log) const;
  bool notice_deleted();
  void remove(KeptLog& log, std::uint64_t number, PruneReason reason, const std::string& why,
              Told told);
  void submit(KeptLog& log);
  void submit_all();
  void finish_later(const KeptLog& log, const Error& error);
  void tell_refused();
  void finished(const std::string& directory, const std::vector<Result<void>>& outcomes);
  void failed(KeptLog& log, const Error& error, bool is_every_one);
  void retry();

  LogTable& logs_;
  LogCatalog& catalog_;
  OnRoomWanted on_room_wanted_;
  HeldFrom held_from_;
  mutable AgeClock age_clock_;
  std::map<std::string, Removals> removals_;  // by the logs' directories
  std::vector<std::function<void()>> wait_for_room_;
  std::array<std::uint64_t, kPruneReasons> deleted_by_reason_{};
  std::uint64_t leaving_bytes_ = 0;  // of deletions that wait or are under way
  MonoTime next_look_for_deleted_{};
  std::vector<std::pair<std::string, Error>> refused_;  // jobs that could not be submitted
  Timer retry_timer_;
  Timer refused_timer_;
};

}  // namespace logd
