// SPDX-License-Identifier: Apache-2.0
#include "upkeep/upkeep.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/diagnostics.h"

namespace logd {
namespace {

constexpr auto kDiskLookInterval = std::chrono::seconds(1);
constexpr auto kRetry = std::chrono::seconds(1);
constexpr auto kRetryExpiry = std::chrono::minutes(1);  // the age clock may not believe it yet

}  // namespace

Result<std::unique_ptr<Upkeep>> Upkeep::create(EventLoop& loop, LogTable& logs,
                                               Archiver& archiver) {
  LOGD_TRY_ASSIGN(TimeZone zone, TimeZone::find(logs.config().timezone));
  std::unique_ptr<Upkeep> upkeep(new Upkeep(loop, logs, archiver, std::move(zone)));
  Upkeep& self = *upkeep;
  LOGD_TRY_ASSIGN(self.timer_, WallTimer::create(loop, [&self] { self.on_time(); }));
  LOGD_TRY(self.catalog_.load());
  for (auto& [directory, log] : self.catalog_.logs()) {
    self.pruner_.enforce(log);
    self.archives_.consider(log);
  }
  self.pruner_.enforce_disk_limits();
  logs.set_listener(&self);
  self.arm();
  return upkeep;
}

Upkeep::Upkeep(EventLoop& loop, LogTable& logs, Archiver& archiver, TimeZone zone)
    : loop_(loop),
      logs_(logs),
      zone_(std::move(zone)),
      catalog_(logs),
      pruner_(logs, catalog_),
      archives_(logs, catalog_, archiver, [this](KeptLog& log) { pruner_.enforce(log); }) {
  const auto parse = [this](const ProcessConfig& config) {
    // Checked when the configuration was read.
    if (auto schedule = parse_schedule(config.rotate_interval))
      schedules_.emplace(&config, std::move(*schedule));
  };
  parse(logs.config().defaults);
  for (const auto& [process, config] : logs.config().processes) parse(config);
}

Upkeep::~Upkeep() { logs_.set_listener(nullptr); }

// ---- what the log table tells

void Upkeep::segments_left(OpenLog& log, const std::vector<LeftSegment>& segments) {
  KeptLog& kept = catalog_.of(log.name);
  catalog_.update_active(log);
  if (kept.is_flushing) return;  // read anew when it has ended
  for (const LeftSegment& segment : segments)
    kept.closed.add(
        {segment.name.number, segment.closed, segment.bytes, false, segment.name.created});
  archives_.consider(kept);
  pruner_.enforce(kept);
  looked_after(log);
}

void Upkeep::looked_after(OpenLog& log) {
  catalog_.update_active(log);
  arm();
  if (loop_.now() < next_disk_look_) return;
  next_disk_look_ = loop_.now() + kDiskLookInterval;
  catalog_.update_all_active();
  pruner_.enforce_disk_limits();
}

void Upkeep::flush_begins(OpenLog& log) {
  KeptLog& kept = catalog_.of(log.name);
  kept.is_flushing = true;
  archives_.forget(kept);
}

void Upkeep::flush_ended(OpenLog& log) {
  KeptLog& kept = catalog_.of(log.name);
  kept.is_flushing = false;
  catalog_.reload(kept);
  catalog_.update_active(log);
  kept.queued_up_to = 0;
  archives_.consider(kept);
  arm();
}

// As if it had just been found: what is gone is not counted, and nobody waits for its archive.
void Upkeep::changed_by_hand(OpenLog& log) {
  KeptLog& kept = catalog_.of(log.name);
  if (kept.is_flushing) return;
  archives_.forget(kept);
  flush_ended(log);
}

void Upkeep::closes(OpenLog& log) {
  catalog_.update_active(log);
  arm();
}

void Upkeep::prune() {
  catalog_.update_all_active();
  for (auto& [directory, log] : catalog_.logs()) pruner_.enforce(log);
  pruner_.enforce_disk_limits();
}

// ---- rotation by time

// Counted from the first record of the active segment, so that nothing empty is ever due, and what
// was due while logd was away is done at the start.
void Upkeep::update_due(KeptLog& log) const {
  std::optional<WallTime> from = log.active_since;
  if (from && log.too_small_at) from = std::max(*from, *log.too_small_at);
  if (from == log.due_from) return;  // the usual case: looking it up takes some hundred steps
  log.due_from = from;
  log.rotation_due.reset();
  if (!from) return;
  if (const auto schedule = schedules_.find(log.config); schedule != schedules_.end())
    log.rotation_due =
        schedule->second.next_after(*from, zone_, log.last_rotation.value_or(*log.active_since));
  if (!log.config->rotate_after || log.too_small_at) return;
  const WallTime old = *log.active_since + *log.config->rotate_after;
  log.rotation_due = log.rotation_due ? std::min(*log.rotation_due, old) : old;
}

void Upkeep::rotate_due(KeptLog& log, WallTime now) {
  if (log.active_bytes < log.config->min_size_bytes) {
    log.too_small_at = now;
    return;
  }
  auto opened = logs_.open(log.name);
  if (!opened) {
    log_error(fmt::format("{}: rotation was due: {}", log.directory, opened.error().message()));
    log.too_small_at = now;
    return;
  }
  OpenLog& open_log = **opened;
  if (open_log.has_flush) return;
  log.last_rotation = now;
  log.too_small_at.reset();
  if (auto rotated = open_log.log->rotate(); !rotated)
    log_error(fmt::format("{}: rotation was due: {}", log.directory, rotated.error().message()));
  logs_.mark_written(open_log);
  catalog_.update_active(open_log);
  logs_.release(open_log);
}

void Upkeep::on_time() {
  catalog_.update_all_active();
  const WallTime now = loop_.clock().wall_now();
  last_attempt_ = now;
  std::vector<KeptLog*> due;
  for (auto& [directory, log] : catalog_.logs()) {
    update_due(log);
    if (log.rotation_due && *log.rotation_due <= now) due.push_back(&log);
  }
  for (KeptLog* log : due) rotate_due(*log, now);
  for (auto& [directory, log] : catalog_.logs())
    if (const auto moment = Pruner::next_expiry(log); moment && *moment <= now)
      pruner_.enforce(log);
  arm();
}

void Upkeep::arm() {
  std::optional<WallTime> next;
  const auto wait_for = [&next](WallTime moment) {
    next = next ? std::min(*next, moment) : moment;
  };
  for (auto& [directory, log] : catalog_.logs()) {
    update_due(log);
    // What was due and could not be done is not tried without a pause.
    if (log.rotation_due) wait_for(std::max(*log.rotation_due, last_attempt_ + kRetry));
    if (const auto moment = Pruner::next_expiry(log))
      wait_for(std::max(*moment, last_attempt_ + kRetryExpiry));
  }
  if (next)
    timer_->arm(*next);
  else
    timer_->cancel();
}

}  // namespace logd
