// SPDX-License-Identifier: Apache-2.0
#include "upkeep/upkeep.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/diagnostics.h"
#include "upkeep/rotation_time.h"

namespace logd {
namespace {

constexpr auto kDiskLookInterval = std::chrono::seconds(1);
constexpr auto kRetry = std::chrono::minutes(1);
constexpr auto kFlushRetry = std::chrono::seconds(1);
constexpr auto kRetryExpiry = std::chrono::minutes(1);  // the age clock may not believe it yet
constexpr auto kClockSlack = std::chrono::seconds(1);   // less is no step
// What is due for thousands of logs at once must not hold up capture. Logs that nobody writes into
// have time, and each needs descriptors for some seconds.
constexpr int kMostAtOnce = 8;
constexpr int kMostOpenedAtOnce = 4;
constexpr auto kBreak = std::chrono::milliseconds(1);
constexpr std::size_t kMostIdleLogs = 100;  // open at a time: each takes descriptors
constexpr auto kBreakUntilClosed = std::chrono::milliseconds(500);
constexpr auto kBreakAfterOpening = std::chrono::milliseconds(20);

}  // namespace

Result<std::unique_ptr<Upkeep>> Upkeep::create(LogTable& logs, Archiver& archiver) {
  return create(logs, archiver, [&logs](std::function<void()> on_time) {
    auto timer = WallTimer::create(logs.loop(), std::move(on_time));
    return timer ? Result<std::unique_ptr<WallAlarm>>(std::move(*timer)) : fail(timer.error());
  });
}

Result<std::unique_ptr<Upkeep>> Upkeep::create(LogTable& logs, Archiver& archiver,
                                               const AlarmMaker& make_alarm) {
  LOGD_TRY_ASSIGN(TimeZone zone, TimeZone::find(logs.config().timezone));
  auto catalog = std::make_unique<LogCatalog>(logs);
  LOGD_TRY(catalog->load());
  std::unique_ptr<Upkeep> upkeep(new Upkeep(logs, archiver, std::move(zone), std::move(catalog)));
  Upkeep& self = *upkeep;
  LOGD_TRY_ASSIGN(self.alarm_, make_alarm([&self] { self.on_time(); }));
  for (auto& [directory, log] : self.catalog_->logs()) self.take_over(log);
  self.pruner_.enforce_disk_limits();
  logs.set_listener(&self);
  self.arm();
  return upkeep;
}

// The pruner's age clock starts with the newest segment of the catalog, which is loaded by now.
Upkeep::Upkeep(LogTable& logs, Archiver& archiver, TimeZone zone,
               std::unique_ptr<LogCatalog> catalog)
    : logs_(logs),
      zone_(std::move(zone)),
      catalog_(std::move(catalog)),
      pruner_(logs, *catalog_),
      holds_(logs, *catalog_, [this] { holds_changed(); }),
      archives_(logs, *catalog_, archiver),
      clock_offset_(now().time_since_epoch() - logs.loop().clock().mono_now().time_since_epoch()),
      more_timer_(logs.loop(), [this] { on_time(); }) {
  pruner_.set_on_room_wanted(
      [this](const KeptLog& log, std::uint64_t number) { archives_.forget_segment(log, number); });
  pruner_.set_held_from([this](const KeptLog& log) { return holds_.held_from(log); });
  parse_schedules();
}

Upkeep::~Upkeep() { logs_.set_listener(nullptr); }

void Upkeep::parse_schedules() {
  schedules_.clear();
  const auto parse = [this](const ProcessConfig& config) {
    // Checked when the configuration was read.
    if (auto schedule = parse_schedule(config.rotate_interval))
      schedules_.emplace(&config, *schedule);
  };
  parse(logs_.config().defaults);
  for (const auto& [process, config] : logs_.config().processes) parse(config);
}

Result<void> Upkeep::follow_config() {
  LOGD_TRY_ASSIGN(zone_, TimeZone::find(logs_.config().timezone));
  parse_schedules();
  for (auto& [directory, log] : catalog_->logs()) {
    log.config = &logs_.config().of(log.name.process);
    log.scheduled.reset();
    log.scheduled_from.reset();
    log.too_small_at.reset();
    take_over(log);
  }
  pruner_.enforce_disk_limits();
  arm();
  return {};
}

const Schedule& Upkeep::schedule_of(const KeptLog& log) const {
  static const Schedule off;
  const auto found = schedules_.find(log.config);
  return found == schedules_.end() ? off : found->second;
}

// What may have changed of a log in whichever way.
void Upkeep::take_over(KeptLog& log) {
  pruner_.enforce(log);
  archives_.consider(log);
  schedule(log);
}

// Destinations have got further, so that segments may go which retention has left.
void Upkeep::holds_changed() {
  for (auto& [directory, log] : catalog_->logs()) pruner_.enforce(log);
}

// ---- what the log table tells

void Upkeep::segments_left(OpenLog& log, const std::vector<LeftSegment>& segments) {
  KeptLog& kept = catalog_->update_active(log);
  if (kept.is_flushing) return;  // read anew when it has ended
  for (const LeftSegment& segment : segments) catalog_->add_closed(kept, segment);
  take_over(kept);
  looked_after(log);
}

void Upkeep::looked_after(OpenLog& log) {
  schedule(catalog_->update_active(log));
  arm();
  const MonoTime now = logs_.loop().now();
  if (now < next_disk_look_) return;
  next_disk_look_ = now + kDiskLookInterval;
  pruner_.enforce_disk_limits();
}

void Upkeep::flush_begins(OpenLog& log) {
  KeptLog& kept = catalog_->of(log.name);
  kept.is_flushing = true;
  archives_.forget(kept);
}

void Upkeep::flush_ended(OpenLog& log) {
  KeptLog& kept = catalog_->of(log.name);
  kept.is_flushing = false;
  kept.archived_up_to = 0;
  catalog_->reload(kept);
  catalog_->update_active(log);
  take_over(kept);
  arm();
}

// As if it had just been found: what is gone is not counted, and nobody waits for its archive.
void Upkeep::changed_by_hand(OpenLog& log) {
  KeptLog& kept = catalog_->of(log.name);
  if (kept.is_flushing) return;
  archives_.forget(kept);
  flush_ended(log);
}

void Upkeep::log_dir_replaced() {
  for (auto& [directory, log] : catalog_->logs()) {
    if (log.is_flushing) continue;
    archives_.forget(log);
    log.archived_up_to = 0;
    catalog_->reload(log);
    take_over(log);
  }
  arm();
}

void Upkeep::closes(OpenLog& log) {
  schedule(catalog_->update_active(log));
  arm();
}

void Upkeep::prune(Pruner::Done done) {
  for (const auto& [directory, log] : logs_.open_logs()) catalog_->update_active(*log);
  pruner_.prune(std::move(done));
}

std::vector<Pruner::Choice> Upkeep::plan_prune() {
  for (const auto& [directory, log] : logs_.open_logs()) catalog_->update_active(*log);
  return pruner_.plan();
}

// ---- what is due

void Upkeep::on_time() {
  is_on_time_ = true;
  notice_clock_steps();
  do_some_of_what_is_due();
  is_on_time_ = false;
  arm();
}

void Upkeep::do_some_of_what_is_due() {
  int turns = 0;
  int opened = 0;
  while (!wake_ups_.empty() && wake_ups_.begin()->first <= now()) {
    if (turns++ >= kMostAtOnce || opened >= kMostOpenedAtOnce) {
      more_timer_.arm_after(opened > 0 ? Nanoseconds(kBreakAfterOpening) : Nanoseconds(kBreak));
      return;
    }
    KeptLog& log = *wake_ups_.begin()->second;
    if (logs_.find(log.directory) == nullptr && logs_.idle_logs() >= kMostIdleLogs) {
      more_timer_.arm_after(kBreakUntilClosed);
      return;
    }
    bool has_opened = false;
    wake(log, has_opened);
    schedule(log);
    opened += has_opened ? 1 : 0;
  }
}

// What was worked out by the clock as it was holds no longer.
void Upkeep::notice_clock_steps() {
  const Nanoseconds offset =
      now().time_since_epoch() - logs_.loop().clock().mono_now().time_since_epoch();
  const bool is_step = std::chrono::abs(offset - clock_offset_) >= kClockSlack;
  clock_offset_ = offset;
  if (!is_step) return;
  for (const auto& [directory, log] : logs_.open_logs()) catalog_->update_active(*log);
  for (auto& [directory, log] : catalog_->logs()) {
    log.rotation_failed.reset();
    log.expiry_refused.reset();
    schedule(log);
  }
}

void Upkeep::wake(KeptLog& log, bool& has_opened) {
  if (OpenLog* open_log = logs_.find(log.directory)) catalog_->update_active(*open_log);
  const auto due = next_rotation(log, schedule_of(log), zone_, now());
  if (due && *due <= now()) rotate(log, has_opened);
  const auto expiry = Pruner::next_expiry(log);
  if (!expiry || *expiry > now()) return;
  pruner_.enforce(log);
  const auto next_expiry = Pruner::next_expiry(log);
  if (next_expiry && *next_expiry <= now()) log.expiry_refused = now();
}

void Upkeep::rotate(KeptLog& log, bool& has_opened) {
  if (log.active_bytes < log.config->min_size_bytes) {
    log.too_small_at = now();
    return;
  }
  if (log.is_flushing) {
    log.rotation_failed = now() - kRetry + kFlushRetry;
    return;
  }
  const auto failed = [&](const Error& error) {
    log.rotation_failed = now();
    log_error(fmt::format("{}: rotation was due: {}", log.directory, error.message()));
  };
  if (logs_.find(log.directory) == nullptr) {
    if (has_gone(log)) return;
    has_opened = true;
  }
  const auto opened = logs_.open(log.name);
  if (!opened) return failed(opened.error());
  OpenLog& open_log = **opened;
  if (auto rotated = open_log.log->rotate(); !rotated) {
    failed(rotated.error());
  } else {
    log.rotation_failed.reset();
    log.last_rotation = now();
    if (*rotated) LogTable::count_rotation(open_log, RotationReason::time);
  }
  logs_.mark_written(open_log);  // tells us what it has left
  catalog_->update_active(open_log);
  logs_.release(open_log);
}

// Deleted by hand: opening it would make it anew.
bool Upkeep::has_gone(KeptLog& log) {
  const auto directory = logs_.open_directory(log.name, Create::no);
  const bool is_gone = !directory && directory.error().code == ErrorCode::not_found;
  if (is_gone) catalog_->reload(log);
  return is_gone;
}

// When something is to be done for the log next. Nobody tells of the first record of a segment, so
// one that is still empty is looked at as if it had one by now.
std::optional<WallTime> Upkeep::next_wake(KeptLog& log) {
  std::optional<WallTime> next;
  const auto no_later = [&next](std::optional<WallTime> moment) {
    if (moment) next = next ? std::min(*next, *moment) : moment;
  };
  if (log.active_since) {
    auto rotation = next_rotation(log, schedule_of(log), zone_, now());
    if (rotation && log.rotation_failed)
      rotation = std::max(*rotation, *log.rotation_failed + kRetry);
    no_later(rotation);
  } else if (logs_.find(log.directory) != nullptr) {
    no_later(schedule_of(log).next_after(now(), zone_, log.last_rotation.value_or(now())));
    if (log.config->rotate_after) no_later(now() + *log.config->rotate_after);
  }
  auto expiry = Pruner::next_expiry(log);
  if (expiry && log.expiry_refused) expiry = std::max(*expiry, *log.expiry_refused + kRetryExpiry);
  no_later(expiry);
  return next;
}

void Upkeep::schedule(KeptLog& log) {
  const auto next = next_wake(log);
  if (next == log.wake_at) return;
  if (log.wake_at) wake_ups_.erase({*log.wake_at, &log});
  if (next) wake_ups_.emplace(*next, &log);
  log.wake_at = next;
}

void Upkeep::arm() {
  if (is_on_time_ || more_timer_.is_armed()) return;  // done at its end
  if (wake_ups_.empty())
    alarm_->cancel();
  else
    alarm_->arm(wake_ups_.begin()->first);
}

}  // namespace logd
