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

constexpr auto kAfterFailure = std::chrono::seconds(1);  // before anything tries it again
constexpr auto kRetry = std::chrono::minutes(1);         // before that happens by itself
constexpr auto kTellAgain = std::chrono::hours(1);
constexpr auto kLookForDeletedInterval = std::chrono::minutes(1);
constexpr std::size_t kMostChosen = 256;  // at a time: no choice may hold up the loop
constexpr std::size_t kMostInOneJob = 64;

std::uint64_t excess(std::uint64_t bytes, std::uint64_t limit) {
  return bytes > limit ? bytes - limit : 0;
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

bool wants_room(PruneReason reason) {
  return reason == PruneReason::disk_full || reason == PruneReason::min_free;
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

std::uint64_t wanted_free(const SizeOrPercent& wanted, const DiskSpace& space) {
  if (wanted.percent == 0) return wanted.bytes;
  return static_cast<std::uint64_t>(static_cast<double>(space.total_bytes) * wanted.percent / 100);
}

Pruner::Pruner(LogTable& logs, LogCatalog& catalog)
    : logs_(logs),
      catalog_(catalog),
      age_clock_(newest_closing(catalog)),
      retry_timer_(logs.loop(), [this] { retry(); }),
      refused_timer_(logs.loop(), [this] { tell_refused(); }) {}

WallTime Pruner::age_time() const {
  const Clock& clock = logs_.loop().clock();
  return age_clock_.now(clock.wall_now(), clock.mono_now());
}

bool Pruner::is_touchable(const KeptLog& log) const {
  return !log.is_flushing && logs_.loop().clock().mono_now() >= log.remove_not_before;
}

bool Pruner::is_stuck(const KeptLog& log, std::uint64_t number) const {
  const auto found = log.stuck.find(number);
  return found != log.stuck.end() && logs_.loop().clock().mono_now() < found->second;
}

std::vector<PrunedSegment> Pruner::expired_of(const KeptLog& log) const {
  RetentionPolicy policy = retention_policy(*log.config);
  const ActiveSegment active{log.active_number, log.active_bytes};
  std::vector<PrunedSegment> gone = expired(log.closed, policy, active, age_time());
  if (gone.empty() || !held_from_) return gone;
  policy.held_from = held_from_(log);
  return policy.held_from ? expired(log.closed, policy, active, age_time()) : gone;
}

void Pruner::enforce(KeptLog& log) {
  if (!is_touchable(log)) return;
  std::vector<PrunedSegment> due = expired_of(log);
  if (!due.empty() && catalog_.notice_deleted(log)) due = expired_of(log);
  std::size_t chosen = 0;
  for (const PrunedSegment& segment : due) {
    if (chosen == kMostChosen) break;  // the rest when these have gone
    if (is_stuck(log, segment.number)) continue;
    remove(log, segment.number, segment.reason, segment.text, nullptr);
    ++chosen;
  }
  submit(log);
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
    PrunableLog prunable{directory, &log.closed, log.active_number, may_go && is_touchable(log)};
    if (!log.stuck.empty())
      prunable.is_stuck = [this, &log = log](std::uint64_t number) {
        return is_stuck(log, number);
      };
    logs.push_back(std::move(prunable));
    kept.push_back(&log);
  }
  std::vector<std::pair<KeptLog*, PruneChoice>> found;
  for (const PruneChoice& choice : oldest_closed(logs, bytes))
    found.emplace_back(kept[choice.log], choice);
  return found;
}

void Pruner::enforce_disk_limits() {
  PruneReason reason = PruneReason::max_disk;
  std::uint64_t over = bytes_over_disk_limits(reason);
  const bool looks = logs_.loop().clock().mono_now() >= next_look_for_deleted_;
  if (over > 0 && reason == PruneReason::max_disk && looks && notice_deleted())
    over = bytes_over_disk_limits(reason);
  if (over == 0) return;
  std::size_t chosen = 0;
  for (const auto& [log, choice] : oldest(over, Which::all)) {
    if (chosen++ == kMostChosen) break;
    remove(*log, choice.number, reason, reason_text(reason), nullptr);
  }
  submit_all();
}

bool Pruner::make_room(std::function<void()> done) {
  if (leaving_bytes_ == 0) {
    const auto found = oldest(1, Which::those_that_prune);
    if (found.empty()) return false;
    const auto& [log, choice] = found.front();
    remove(*log, choice.number, PruneReason::disk_full, reason_text(PruneReason::disk_full),
           nullptr);
    submit(*log);
  }
  wait_for_room_.push_back(std::move(done));
  return true;
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
    remove(*log, choice.number, choice.reason, choice.text,
           [one_done, i](const Result<void>& removed) { one_done(i, removed); });
  }
  one_done(0, {});
  submit_all();
}

std::optional<WallTime> Pruner::next_expiry(const KeptLog& log) {
  if (!log.config->max_age || log.closed.is_empty()) return std::nullopt;
  return log.closed.begin()->closed_at + *log.config->max_age + Nanoseconds(1);  // older than that
}

// It leaves the catalog now, so that nobody chooses it twice, and the disk when its turn comes.
void Pruner::remove(KeptLog& log, std::uint64_t number, PruneReason reason, const std::string& why,
                    Told told) {
  const ClosedSegment* closed = log.closed.find(number);
  LOGD_ASSERT(closed != nullptr);
  removals_[log.directory].waiting.push_back({*closed, reason, why, std::move(told)});
  leaving_bytes_ += closed->bytes;
  catalog_.remove(log, number);
}

void Pruner::submit_all() {
  for (auto& [directory, removals] : removals_)
    if (!removals.waiting.empty()) submit(*catalog_.find(directory));
}

// One job at a time for each log, so that no number of segments takes more than a descriptor and a
// place in the worker's queue.
void Pruner::submit(KeptLog& log) {
  Removals& removals = removals_[log.directory];
  if (!removals.under_way.empty() || removals.waiting.empty()) return;
  const std::size_t count = std::min(removals.waiting.size(), kMostInOneJob);
  std::move(removals.waiting.begin(), removals.waiting.begin() + static_cast<std::ptrdiff_t>(count),
            std::back_inserter(removals.under_way));
  removals.waiting.erase(removals.waiting.begin(),
                         removals.waiting.begin() + static_cast<std::ptrdiff_t>(count));
  std::vector<SegmentName> names;
  for (const Removal& removal : removals.under_way) {
    names.push_back({removal.segment.number, removal.segment.created, SegmentName::Form::plain});
    logs_.forget_closed(log.name, removal.segment.number);  // a file that is open keeps its room
    if (on_room_wanted_ && wants_room(removal.reason)) on_room_wanted_(log, removal.segment.number);
  }
  auto outcomes = std::make_shared<std::vector<Result<void>>>(names.size());
  auto directory = logs_.open_directory(log.name, Create::no);
  if (!directory) return finish_later(log, directory.error());
  Worker::Job job;
  job.run = [directory = std::shared_ptr<Directory>(std::move(*directory)), names, outcomes] {
    for (std::size_t i = 0; i < names.size(); ++i)
      (*outcomes)[i] = is_there(*directory, names[i])
                           ? remove_segment_files(*directory, names[i])
                           : fail(ErrorCode::not_found, "somebody has deleted it");
  };
  job.done = [this, outcomes, what = log.directory] {
    finished(what, *outcomes);
    KeptLog& kept = *catalog_.find(what);
    submit(kept);
    enforce(kept);
    if (leaving_bytes_ == 0) enforce_disk_limits();
  };
  if (logs_.files().submit(std::move(job))) return;
  finish_later(log, Error{ErrorCode::limit, 0, "too many jobs wait for the disk"});
}

// Never from within: whoever asked does not expect it. What waits behind it fares no better.
void Pruner::finish_later(const KeptLog& log, const Error& error) {
  Removals& removals = removals_[log.directory];
  std::move(removals.waiting.begin(), removals.waiting.end(),
            std::back_inserter(removals.under_way));
  removals.waiting.clear();
  refused_.emplace_back(log.directory, error);
  refused_timer_.arm(logs_.loop().now());
}

void Pruner::tell_refused() {
  for (const auto& [directory, error] : std::exchange(refused_, {}))
    finished(directory, std::vector<Result<void>>(removals_[directory].under_way.size(),
                                                  Result<void>(fail(error))));
}

void Pruner::finished(const std::string& directory, const std::vector<Result<void>>& outcomes) {
  KeptLog& log = *catalog_.find(directory);
  const std::vector<Removal> removals = std::exchange(removals_[directory].under_way, {});
  std::optional<Error> failure;
  std::size_t failures = 0;
  bool has_gone = false;
  for (std::size_t i = 0; i < removals.size(); ++i) {
    const Removal& removal = removals[i];
    leaving_bytes_ -= removal.segment.bytes;
    if (outcomes[i]) {
      catalog_.has_left(log, removal.segment.number);
      ++deleted_by_reason_[static_cast<std::size_t>(removal.reason)];
      log_info(fmt::format("{}: segment {} goes, {} bytes: {}", directory, removal.segment.number,
                           removal.segment.bytes, removal.why));
    } else if (outcomes[i].error().code == ErrorCode::not_found) {
      catalog_.has_left(log, removal.segment.number);
      has_gone = true;
    } else {
      ++failures;
      failure = outcomes[i].error();
      catalog_.stays(log, removal.segment);
      log.stuck[removal.segment.number] = logs_.loop().clock().mono_now() + kAfterFailure;
    }
    if (removal.told) removal.told(outcomes[i]);
  }
  if (failure) failed(log, *failure, failures > 1 && failures == removals.size());
  if (has_gone && !log.is_flushing) catalog_.reload(log);
  for (const auto& done : std::exchange(wait_for_room_, {})) done();
}

// One that cannot be deleted does not hold up the others; where none of several can, there is no
// use in trying all.
void Pruner::failed(KeptLog& log, const Error& error, bool is_every_one) {
  const MonoTime now = logs_.loop().clock().mono_now();
  if (is_every_one) log.remove_not_before = now + kAfterFailure;
  retry_timer_.arm_no_later(now + kRetry);
  if (log.told_stuck && now - *log.told_stuck < kTellAgain) return;
  log.told_stuck = now;
  log_error(fmt::format("{}: a segment could not be deleted: {}", log.directory, error.message()));
}

void Pruner::retry() {
  for (auto& [directory, log] : catalog_.logs()) {
    if (log.stuck.empty()) continue;
    log.stuck.clear();  // perhaps nothing demands them any more
    enforce(log);
  }
  enforce_disk_limits();
}

}  // namespace logd
