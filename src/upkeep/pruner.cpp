// SPDX-License-Identifier: Apache-2.0
#include "upkeep/pruner.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "base/diagnostics.h"
#include "store/archiving.h"
#include "store/segment_list.h"

namespace logd {
namespace {

constexpr auto kAfterFailure = std::chrono::minutes(1);
constexpr auto kLookForDeletedInterval = std::chrono::minutes(1);
constexpr int kMaxRounds = 64;  // of choosing anew: no choice may hold up the loop

std::uint64_t excess(std::uint64_t bytes, std::uint64_t limit) {
  return bytes > limit ? bytes - limit : 0;
}

std::uint64_t wanted_free(const SizeOrPercent& wanted, const DiskSpace& space) {
  if (wanted.percent == 0) return wanted.bytes;
  return static_cast<std::uint64_t>(static_cast<double>(space.total_bytes) * wanted.percent / 100);
}

std::optional<WallTime> newest_closing(LogCatalog& catalog) {
  std::optional<WallTime> newest;
  for (const auto& [directory, log] : catalog.logs()) {
    if (log.closed.is_empty()) continue;
    const WallTime closed = std::prev(log.closed.end())->closed_at;
    newest = newest ? std::max(*newest, closed) : closed;
  }
  return newest;
}

std::string reason_text(PruneReason reason) {
  switch (reason) {
    case PruneReason::max_disk:
      return "all logs together are over max_disk";
    case PruneReason::min_free:
      return "the disk has less than min_free";
    default:
      return "the disk is full";
  }
}

}  // namespace

Pruner::Pruner(LogTable& logs, LogCatalog& catalog)
    : logs_(logs), catalog_(catalog), age_clock_(newest_closing(catalog)) {}

WallTime Pruner::age_time() const {
  const Clock& clock = logs_.loop().clock();
  return age_clock_.now(clock.wall_now(), clock.mono_now());
}

bool Pruner::is_touchable(const KeptLog& log) const {
  return !log.is_flushing && logs_.loop().clock().mono_now() >= log.remove_not_before;
}

std::vector<PrunedSegment> Pruner::expired_of(const KeptLog& log) const {
  return expired(log.closed, retention_policy(*log.config), {log.active_number, log.active_bytes},
                 age_time());
}

void Pruner::enforce(KeptLog& log) {
  for (int round = 0; round < kMaxRounds && is_touchable(log); ++round) {
    std::vector<PrunedSegment> due = expired_of(log);
    if (!due.empty() && catalog_.notice_deleted(log)) due = expired_of(log);
    Removal last = Removal::under_way;
    for (const PrunedSegment& segment : due) {
      last = remove(log, segment.number, segment.reason, segment.text, nullptr);
      if (last != Removal::under_way) break;
    }
    if (last == Removal::under_way) return;
  }
}

// What the two limits demand, whichever demands more.
std::uint64_t Pruner::bytes_over_disk_limits(PruneReason& reason) const {
  const Config& config = logs_.config();
  std::uint64_t over = 0;
  if (config.max_disk_bytes) {
    over = excess(catalog_.total_bytes(), *config.max_disk_bytes);
    reason = PruneReason::max_disk;
  }
  const auto space = logs_.log_dir().space();
  if (!space) return over;
  const std::uint64_t lacking =
      excess(wanted_free(config.min_free, *space), space->available_bytes + leaving_bytes_);
  if (lacking <= over) return over;
  reason = PruneReason::min_free;
  return lacking;
}

// What was deleted by hand no longer counts. True if there was any.
bool Pruner::notice_deleted() {
  next_look_for_deleted_ = logs_.loop().clock().mono_now() + kLookForDeletedInterval;
  bool has_noticed = false;
  for (auto& [directory, log] : catalog_.logs())
    if (is_touchable(log) && catalog_.notice_deleted(log)) has_noticed = true;
  return has_noticed;
}

std::vector<std::pair<KeptLog*, PruneChoice>> Pruner::oldest(std::uint64_t bytes,
                                                             Which which) const {
  std::vector<PrunableLog> logs;
  std::vector<KeptLog*> kept;
  for (auto& [directory, log] : catalog_.logs()) {
    const bool may_go = which == Which::all || log.config->on_disk_full != OnDiskFull::block;
    logs.push_back({directory, &log.closed, log.active_number, may_go && is_touchable(log)});
    kept.push_back(&log);
  }
  std::vector<std::pair<KeptLog*, PruneChoice>> found;
  for (const PruneChoice& choice : oldest_closed(logs, bytes))
    found.emplace_back(kept[choice.log], choice);
  return found;
}

void Pruner::enforce_disk_limits() {
  for (int round = 0; round < kMaxRounds; ++round) {
    PruneReason reason = PruneReason::max_disk;
    const std::uint64_t over = bytes_over_disk_limits(reason);
    if (over == 0) return;
    const bool looks = logs_.loop().clock().mono_now() >= next_look_for_deleted_;
    if (reason == PruneReason::max_disk && looks && notice_deleted()) continue;
    Removal last = Removal::under_way;
    for (const auto& [log, choice] : oldest(over, Which::all)) {
      last = remove(*log, choice.number, reason, reason_text(reason), nullptr);
      if (last != Removal::under_way) break;
    }
    if (last == Removal::under_way) return;
  }
}

bool Pruner::make_room(std::function<void()> done) {
  for (int round = 0; round < kMaxRounds; ++round) {
    const auto found = oldest(1, Which::those_that_prune);
    if (found.empty()) return false;
    const auto& [log, choice] = found.front();
    if (remove(*log, choice.number, PruneReason::disk_full, reason_text(PruneReason::disk_full),
               [done](const Result<void>&) { done(); }) == Removal::under_way)
      return true;
  }
  return false;
}

std::vector<Pruner::Choice> Pruner::plan() {
  notice_deleted();
  std::vector<Choice> choices;
  std::set<std::pair<std::string, std::uint64_t>> planned;
  std::uint64_t planned_bytes = 0;
  const auto add = [&](Choice choice) {
    planned.emplace(choice.log, choice.number);
    planned_bytes += choice.bytes;
    choices.push_back(std::move(choice));
  };
  for (auto& [directory, log] : catalog_.logs()) {
    if (!is_touchable(log)) continue;
    for (PrunedSegment& segment : expired_of(log))
      add({directory, segment.number, segment.bytes, segment.reason, std::move(segment.text), {}});
  }
  PruneReason reason = PruneReason::max_disk;
  const std::uint64_t over = bytes_over_disk_limits(reason);
  if (over <= planned_bytes) return choices;
  // The oldest of all are partly those that go anyway.
  for (const auto& [log, choice] : oldest(over + planned_bytes, Which::all)) {
    if (planned_bytes >= over) break;
    if (planned.contains({log->directory, choice.number})) continue;
    add({log->directory, choice.number, choice.bytes, reason, reason_text(reason), {}});
  }
  return choices;
}

void Pruner::prune(Done done) {
  struct State {
    std::vector<Choice> choices;
    std::size_t open = 0;
    Done done;
  };
  auto state = std::make_shared<State>();
  state->choices = plan();
  state->open = state->choices.size() + 1;  // one for this function
  state->done = std::move(done);
  const auto one_done = [state](std::size_t place, const Result<void>& removed) {
    if (!removed) state->choices[place].error = removed.error().message();
    if (--state->open == 0 && state->done) state->done(state->choices);
  };
  for (std::size_t i = 0; i < state->choices.size(); ++i) {
    const Choice& choice = state->choices[i];
    KeptLog* log = catalog_.find(choice.log);
    LOGD_ASSERT(log != nullptr);
    // A segment that could not be deleted just now leaves its log alone for a while.
    auto removal = Removal::refused;
    if (log->closed.find(choice.number) != nullptr && is_touchable(*log))
      removal = remove(*log, choice.number, choice.reason, choice.text,
                       [one_done, i](const Result<void>& removed) { one_done(i, removed); });
    if (removal == Removal::was_gone)
      one_done(i, fail(ErrorCode::not_found, "deleted by somebody else"));
    if (removal == Removal::refused) one_done(i, fail(ErrorCode::io, "see logd's own log"));
  }
  one_done(0, {});
}

std::optional<WallTime> Pruner::next_expiry(const KeptLog& log) {
  if (!log.config->max_age || log.closed.is_empty()) return std::nullopt;
  return log.closed.begin()->closed_at + *log.config->max_age + Nanoseconds(1);  // older than that
}

// It leaves the catalog now, so that nobody chooses it twice, and the disk when its turn comes.
Pruner::Removal Pruner::remove(KeptLog& log, std::uint64_t number, PruneReason reason,
                               const std::string& why, Removed told) {
  const ClosedSegment closed = *log.closed.find(number);
  const SegmentName name{number, closed.created, SegmentName::Form::plain};
  auto directory = logs_.open_directory(log.name, Create::no);
  const bool is_gone =
      directory ? !is_there(**directory, name) : directory.error().code == ErrorCode::not_found;
  if (is_gone) {
    catalog_.reload(log);
    return Removal::was_gone;
  }
  if (!directory) {
    leave_alone(log, directory.error().message());
    return Removal::refused;
  }
  auto outcome = std::make_shared<Result<void>>();
  Worker::Job job;
  job.run = [directory = std::shared_ptr<Directory>(std::move(*directory)), name, outcome] {
    *outcome = remove_segment_files(*directory, name);
  };
  job.done = [this, bytes = closed.bytes, outcome, what = log.directory, told = std::move(told)] {
    removed(what, bytes, *outcome);
    if (told) told(*outcome);
  };
  if (!logs_.files().submit(std::move(job))) {
    leave_alone(log, "too many jobs wait for the disk");
    return Removal::refused;
  }
  log_info(
      fmt::format("{}: segment {} goes, {} bytes: {}", log.directory, number, closed.bytes, why));
  leaving_bytes_ += closed.bytes;
  ++deleted_by_reason_[static_cast<std::size_t>(reason)];
  catalog_.remove(log, number);
  return Removal::under_way;
}

void Pruner::removed(const std::string& directory, std::uint64_t bytes,
                     const Result<void>& outcome) {
  leaving_bytes_ -= bytes;
  if (outcome) return;
  KeptLog& log = *catalog_.find(directory);
  if (is_touchable(log)) leave_alone(log, outcome.error().message());
  if (log.is_flushing) return;  // read anew when it has ended
  log.removed_up_to = 0;
  catalog_.reload(log);
}

void Pruner::leave_alone(KeptLog& log, const std::string& why) {
  log_error(fmt::format("{}: a segment could not be deleted: {}", log.directory, why));
  log.remove_not_before = logs_.loop().clock().mono_now() + kAfterFailure;
}

}  // namespace logd
