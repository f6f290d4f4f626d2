// SPDX-License-Identifier: Apache-2.0
#include "capture/log_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/accounts.h"
#include "base/diagnostics.h"
#include "store/current_link.h"
#include "store/event.h"
#include "store/segment_list.h"

namespace logd {
namespace {

constexpr auto kIdleBeforeClose = std::chrono::seconds(5);
constexpr auto kRetrySync = std::chrono::seconds(1);
constexpr std::size_t kMostSyncsAtOnce = 32;
constexpr std::size_t kMostClosedHeld = 256;
constexpr auto kLookInterval = std::chrono::seconds(1);

// Makes the names of a log's segments safe, and its own.
Result<void> sync_names(Directory& log_dir, const std::string& log) {
  auto directory = log_dir.open_directory(log, Create::no);
  if (!directory && directory.error().code == ErrorCode::not_found) return {};  // deleted by hand
  if (!directory) return fail(directory.error());
  LOGD_TRY((*directory)->sync());
  return log_dir.sync();
}

// The one of log_dir, and those that are mounted on a log's directory.
Result<void> sync_file_systems(Directory& log_dir, const std::vector<std::string>& logs) {
  LOGD_TRY_ASSIGN(const FileStatus home, log_dir.status());
  LOGD_TRY(log_dir.sync_file_system());
  for (const std::string& log : logs) {
    const auto status = log_dir.status_of(log);
    if (!status || status->device == home.device) continue;
    LOGD_TRY_ASSIGN(auto directory, log_dir.open_directory(log, Create::no));
    LOGD_TRY(directory->sync_file_system());
  }
  return {};
}

// Something else that somebody keeps in log_dir is left alone.
bool is_log(Directory& directory) {
  if (directory.status_of(std::string(kOwnerFileName))) return true;
  const auto segments = list_segments(directory);
  return !segments || !segments->empty();
}

void report_recovery(const LogName& name, const Recovery& recovery) {
  if (recovery.torn_bytes > 0)
    log_warn(fmt::format("{}: cut {} bytes of a torn record off the active segment, {}",
                         name.directory(), recovery.torn_bytes,
                         recovery.torn_is_kept ? "kept aside" : "without room for a copy"));
  if (recovery.kept_records > 0)
    log_info(fmt::format("{}: {} records of an append that was cut short are kept",
                         name.directory(), recovery.kept_records));
  if (recovery.finished_append)
    log_info(fmt::format("{}: an append that was cut short is complete", name.directory()));
  if (recovery.ledger_ignored)
    log_warn(
        fmt::format("{}: its ledger is of another directory or version: the last lines may "
                    "come twice",
                    name.directory()));
  if (recovery.finished_flush)
    log_info(fmt::format("{}: finished a flush that was cut short", name.directory()));
}

}  // namespace

LogTable::LogTable(Ports ports, const Config& config, int ledger_directory)
    : ports_(ports),
      config_(config),
      ledger_directory_(ledger_directory),
      owners_(config),
      sync_timer_(ports.loop, [this] { sync_due(); }),
      look_timer_(ports.loop, [this] { look_due(); }),
      idle_timer_(ports.loop, [this] { close_idle(); }) {}

Result<std::unique_ptr<LogTable>> LogTable::create(Ports ports, const Config& config,
                                                   int ledger_directory) {
  std::unique_ptr<LogTable> table(new LogTable(std::move(ports), config, ledger_directory));
  LOGD_TRY_ASSIGN(table->boot_id_, read_boot_id());
  LOGD_TRY(table->enter_log_dir());
  table->recover_all();
  return table;
}

Result<void> LogTable::enter_log_dir() {
  LOGD_TRY_ASSIGN(auto log_dir, ports_.file_system.open_directory(config_.log_dir));
  LOGD_TRY_ASSIGN(synced_dir_, ports_.file_system.open_directory(config_.log_dir));
  log_dir_ = std::move(log_dir);
  return {};
}

// Most logs that are found here have no stream yet: they are mended and closed again, and opened
// when a shim comes.
void LogTable::recover_all() {
  const auto names = list();
  if (!names) {
    log_error(names.error().message());
    return;
  }
  for (const LogName& name : *names) {
    if (auto directory = log_dir_->open_directory(name.directory(), Create::no)) {
      if (!is_log(**directory)) continue;
      owners_.learn(name, **directory);
    }
    if (auto opened = open_unlisted(name, Create::no); !opened)
      log_error(fmt::format("{}: not recovered, tried again when it is needed: {}",
                            name.directory(), opened.error().message()));
  }
}

Result<std::vector<LogName>> LogTable::list() const {
  LOGD_TRY_ASSIGN(auto entries, log_dir_->list());
  std::sort(entries.begin(), entries.end());
  std::vector<LogName> names;
  for (const std::string& entry : entries) {
    auto name = parse_log_name(entry);
    if (!name) continue;
    const auto status = log_dir_->status_of(entry);
    if (status && status->is_directory) names.push_back(std::move(*name));
  }
  return names;
}

Result<std::unique_ptr<Directory>> LogTable::open_directory(const LogName& name, Create create) {
  auto opened = log_dir_->open_directory(name.directory(), create);
  if (!opened) return opened;
  if (!config_.of(name.process).group.empty()) std::ignore = give_to_group(name, **opened);
  return opened;
}

Result<LedgerOrigin> LogTable::origin_of(Directory& directory) const {
  LOGD_TRY_ASSIGN(const FileStatus status, directory.status());
  return LedgerOrigin{boot_id_, status.device, status.inode};
}

Result<std::unique_ptr<OpenLog>> LogTable::open_unlisted(const LogName& name, Create create) {
  auto open_log = std::make_unique<OpenLog>();
  open_log->name = name;
  open_log->config = &config_.of(name.process);
  open_log->max_rate = open_log->config->max_rate;
  open_log->group = open_log->config->group;
  open_log->counters = &counters_[name.directory()];
  set_rate(*open_log);
  LOGD_TRY_ASSIGN(auto directory, open_directory(name, create));
  LOGD_TRY_ASSIGN(const LedgerOrigin origin, origin_of(*directory));
  LOGD_TRY_ASSIGN(open_log->ledger_file, LedgerFile::open(ledger_directory_, name.directory()));
  LOGD_TRY_ASSIGN(
      open_log->log,
      ProcessLog::open(std::move(directory), open_log->ledger_file->ledger(), origin, ports_.clock,
                       {.max_segment_bytes = open_log->config->max_size_bytes}));
  active_numbers_[name.directory()] = open_log->log->segment_number();
  const Recovery& recovery = open_log->log->recovery();
  report_recovery(name, recovery);
  if (recovery.torn_bytes == 0) return open_log;
  // In place, so that readers know that something is missing there.
  auto told = open_log->log->append_event(recovered_event(recovery.torn_bytes));
  if (!told)
    log_warn(fmt::format("{}: no event says so: {}", name.directory(), told.error().message()));
  return open_log;
}

Result<OpenLog*> LogTable::open(const LogName& name) {
  if (OpenLog* found = find(name.directory())) {
    if (!found->has_flush) follow_directory(*found);
    return found;
  }
  follow_log_dir();
  LOGD_TRY_ASSIGN(auto opened, open_unlisted(name, Create::yes));
  OpenLog* open_log = opened.get();
  logs_.emplace(name.directory(), std::move(opened));
  return open_log;
}

OpenLog* LogTable::find(const std::string& directory_name) {
  const auto found = logs_.find(directory_name);
  return found == logs_.end() ? nullptr : found->second.get();
}

std::optional<std::uint64_t> LogTable::active_number(const LogName& name) const {
  if (const auto open = logs_.find(name.directory()); open != logs_.end())
    return open->second->log->segment_number();
  const auto closed = active_numbers_.find(name.directory());
  return closed == active_numbers_.end() ? std::nullopt : std::optional(closed->second);
}

Result<void> LogTable::reopen_directory(OpenLog& log) {
  LOGD_TRY_ASSIGN(auto directory, open_directory(log.name, Create::yes));
  LOGD_TRY_ASSIGN(const LedgerOrigin origin, origin_of(*directory));
  LOGD_TRY(log.log->replace_directory(std::move(directory), origin));
  log_warn(fmt::format("{}: its directory was moved or deleted: goes on in a new segment, {}",
                       log.name.directory(), log.log->segment_number()));
  std::ignore = log.log->take_changed_by_hand();
  hold_closed(log, log.log->take_closed());
  tell_closed(log);
  if (listener_ != nullptr) listener_->changed_by_hand(log);
  return store_owner(log.name, 0);  // it has one
}

// ---- what happens outside

void LogTable::look_after(OpenLog& log) {
  if (log.has_flush) return;
  if (ports_.loop.now() >= log.next_look) look(log);
  if (std::exchange(log.is_look_due, true)) return;
  look_timer_.arm_no_later(log.next_look);
}

void LogTable::look_due() {
  const MonoTime now = ports_.loop.now();
  for (const auto& [directory, log] : logs_) {
    if (!log->is_look_due) continue;
    if (log->has_flush)
      log->is_look_due = false;
    else if (now >= log->next_look)
      look(*log);
    else
      look_timer_.arm_no_later(log->next_look);
  }
}

void LogTable::look(OpenLog& log) {
  const MonoTime now = ports_.loop.now();
  log.next_look = now + kLookInterval;
  log.is_look_due = false;
  if (now >= next_log_dir_look_) {
    next_log_dir_look_ = now + kLookInterval;
    follow_log_dir();
  }
  follow_directory(log);
  if (log.is_link_old) submit_link(log);
  check_time_ahead(log);
  if (listener_ != nullptr) listener_->looked_after(log);
}

// The same for all logs: `rm -rf` of log_dir, or another file system in its place.
void LogTable::follow_log_dir() {
  const auto ours = log_dir_->status();
  const auto named = ports_.file_system.open_directory(config_.log_dir);
  if (!ours || (!named && named.error().code != ErrorCode::not_found)) return;
  if (named) {
    const auto status = (*named)->status();
    if (!status || (status->device == ours->device && status->inode == ours->inode)) return;
  }
  const auto renew = [this]() -> Result<void> {
    LOGD_TRY(ports_.renew_log_dir());
    return enter_log_dir();
  };
  const auto renewed = renew();
  if (!renewed) {
    if (!std::exchange(is_log_dir_astray_, true))
      log_error(fmt::format("{} was moved away, and there is no other: {}", config_.log_dir,
                            renewed.error().message()));
    return;
  }
  is_log_dir_astray_ = false;
  log_warn(fmt::format("{} was moved or deleted: goes on in the one that is there now",
                       config_.log_dir));
  if (listener_ != nullptr) listener_->log_dir_replaced();
}

// A directory that was moved away can be written into for ever: nobody would notice.
void LogTable::follow_directory(OpenLog& log) {
  const auto ours = log.log->directory().status();
  const auto named = log_dir_->status_of(log.name.directory());
  if (!ours || (!named && named.error().code != ErrorCode::not_found)) return;
  if (named && named->device == ours->device && named->inode == ours->inode) {
    log.is_astray = false;
    return;
  }
  const auto reopened = reopen_directory(log);
  if (reopened || log.is_astray) return;
  log.is_astray = true;
  log_error(fmt::format("{}: its directory was moved away, and there is no other: {}",
                        log.name.directory(), reopened.error().message()));
}

// Times never go back, so a clock that was set back leaves a log ahead of it until the clock has
// caught up.
void LogTable::check_time_ahead(OpenLog& log) {
  const auto ahead = log.log->ledger().last_time() - ports_.clock.wall_now();
  if (ahead < kTimeAheadIsTrouble) {
    log.time_is_ahead = false;
    return;
  }
  if (log.time_is_ahead || log.is_flushing) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(ahead).count();
  log.time_is_ahead =
      log.log->append_event(time_ahead_event(static_cast<std::uint64_t>(seconds))).has_value();
}

// ---- owners

Result<void> LogTable::admit(const LogName& name, std::uint32_t uid) {
  follow_log_dir();
  LOGD_TRY(owners_.check(name, uid));
  return store_owner(name, uid);
}

Result<void> LogTable::store_owner(const LogName& name, std::uint32_t uid) {
  LOGD_TRY_ASSIGN(auto directory, log_dir_->open_directory(name.directory(), Create::yes));
  LOGD_TRY_ASSIGN(auto written, owners_.claim(name, uid, *directory));
  if (!written) return {};
  Worker::Job job{.run =
                      [written, synced_dir = synced_dir_, key = name.directory()] {
                        std::ignore = written->sync_data();
                        std::ignore = sync_names(*synced_dir, key);
                      },
                  .done = nullptr};
  std::ignore = ports_.files.submit(std::move(job));  // else the system writes it in its own time
  return {};
}

// ---- syncing

void LogTable::tell_closed(OpenLog& log) {
  const StoreCounters stored = log.log->take_counters();
  log.counters->written_bytes += stored.written_bytes;
  log.counters->rotations[static_cast<std::size_t>(RotationReason::size)] += stored.filled_segments;
  if (log.log->take_new_name()) {
    log.has_new_name = true;
    submit_link(log);
  }
  const std::vector<LeftSegment> left = log.log->take_closed();
  hold_closed(log, left);
  if (const auto change = log.log->take_changed_by_hand()) {
    log_warn(fmt::format("{}: {}", log.name.directory(), *change));
    if (listener_ != nullptr) listener_->changed_by_hand(log);
  } else if (!left.empty() && listener_ != nullptr) {
    listener_->segments_left(log, left);
  }
  if (log.config->sync.mode == SyncMode::batch) submit_sync_of_closed();
}

void LogTable::submit_link(OpenLog& log) {
  auto outcome = std::make_shared<Result<void>>();
  Worker::Job job;
  job.run = [synced_dir = synced_dir_, key = log.name.directory(), active = log.log->active_name(),
             outcome] {
    auto directory = synced_dir->open_directory(key, Create::no);
    if (directory) *outcome = point_current_link(**directory, active);
  };
  job.done = [this, key = log.name.directory(), outcome] {
    OpenLog* open_log = find(key);
    if (open_log != nullptr && !*outcome)
      open_log->is_link_old = true;  // the next look tries again
  };
  log.is_link_old = !ports_.files.submit(std::move(job));
}

void LogTable::mark_written(OpenLog& log) {
  const SyncPolicy& policy = log.config->sync;
  tell_closed(log);
  if (policy.mode == SyncMode::never) return;
  if (log.is_dirty) return;
  log.is_dirty = true;
  if (policy.mode == SyncMode::batch)
    submit_sync(log);
  else
    sync_timer_.arm_no_later(ports_.loop.now() + policy.interval);
}

void LogTable::sync_has_failed(const std::string& what, const Error& error) {
  ++sync_failures_;
  last_sync_failure_ = ports_.loop.now();
  untold_failure_ = error;
  log_error(fmt::format("{}: {}; what reached the disk is unknown", what, error.message()));
}

// Each is a descriptor, so a disk that is slow to sync must not make them many: from some number on
// they are let go, and the whole file system is synced for them.
void LogTable::hold_closed(OpenLog& log, const std::vector<LeftSegment>& segments) {
  if (log.config->sync.mode == SyncMode::never) return;
  for (const LeftSegment& segment : segments) {
    if (closed_.size() < kMostClosedHeld)
      closed_.push_back({log.name.directory(), segment.name.number, segment.file});
    else
      closed_unheld_.insert(log.name.directory());
  }
  if (log.config->sync.mode == SyncMode::interval && !segments.empty())
    sync_timer_.arm_no_later(ports_.loop.now() + log.config->sync.interval);
}

bool LogTable::has_closed(const OpenLog& log) const {
  const std::string key = log.name.directory();
  const auto is_its = [&key](const ClosedFile& closed) { return closed.log == key; };
  return std::any_of(closed_.begin(), closed_.end(), is_its) ||
         std::any_of(syncing_.begin(), syncing_.end(), is_its) || closed_unheld_.contains(key);
}

void LogTable::forget_closed(const LogName& name, std::uint64_t number) {
  std::erase_if(closed_, [&](const ClosedFile& closed) {
    return closed.number == number && closed.log == name.directory();
  });
}

// One job at a time for those of all logs: what is closed meanwhile waits, and many are synced with
// one call, so that deletions never wait behind a queue of syncs. What is deleted before its sync
// is due needs none.
void LogTable::submit_sync_of_closed() {
  if (!syncing_.empty() || closed_.empty()) return;
  syncing_ = std::exchange(closed_, {});
  std::set<std::string> unheld = std::exchange(closed_unheld_, {});
  const bool is_whole = syncing_.size() > kMostSyncsAtOnce || !unheld.empty();
  auto outcome = std::make_shared<Result<void>>();
  Worker::Job job;
  job.run = [files = syncing_, unheld, is_whole, synced_dir = synced_dir_, outcome] {
    std::set<std::string> logs = unheld;
    for (const ClosedFile& closed : files) {
      logs.insert(closed.log);
      if (is_whole || !*outcome) continue;
      *outcome = closed.file->sync_data();
    }
    if (is_whole) *outcome = sync_file_systems(*synced_dir, {logs.begin(), logs.end()});
  };
  job.done = [this, what = syncing_.front().log, outcome] {
    syncing_.clear();
    if (!*outcome) sync_has_failed(what + ": closed segment", outcome->error());
  };
  if (ports_.files.submit(std::move(job))) return;
  closed_ = std::exchange(syncing_, {});
  closed_unheld_ = std::move(unheld);
  sync_timer_.arm_no_later(ports_.loop.now() + kRetrySync);
}

void LogTable::sync_due() {
  submit_sync_of_closed();
  std::vector<OpenLog*> due;
  for (const auto& [directory, log] : logs_) {
    if (log->is_dirty && !log->is_syncing) due.push_back(log.get());
  }
  if (due.size() > kMostSyncsAtOnce) return submit_sync_of_many(due);
  for (OpenLog* log : due) submit_sync(*log);
}

// A failed sync is never tried again on the same file: the next one would succeed although the data
// is gone.
void LogTable::submit_sync(OpenLog& log) {
  const bool has_new_name = std::exchange(log.has_new_name, false);
  log.is_dirty = false;
  log.is_syncing = true;
  auto outcome = std::make_shared<Result<void>>();
  Worker::Job job;
  job.run = [file = log.log->active_file(), has_new_name, synced_dir = synced_dir_,
             key = log.name.directory(), outcome] {
    *outcome = file->sync_data();
    if (*outcome && has_new_name) *outcome = sync_names(*synced_dir, key);
  };
  job.done = [this, key = log.name.directory(), outcome] {
    if (!*outcome) sync_has_failed(key, outcome->error());
    OpenLog* open_log = find(key);
    if (open_log == nullptr) return;
    open_log->is_syncing = false;
    if (!*outcome) open_log->log->switch_segment_next();
    if (open_log->is_dirty && open_log->config->sync.mode == SyncMode::batch)
      submit_sync(*open_log);
  };
  if (ports_.files.submit(std::move(job))) return;
  log.has_new_name = has_new_name;
  log.is_syncing = false;
  log.is_dirty = true;
  sync_timer_.arm_no_later(ports_.loop.now() + kRetrySync);
}

// One call for the whole file system costs less than one for each of many logs.
void LogTable::submit_sync_of_many(const std::vector<OpenLog*>& logs) {
  std::vector<std::string> keys;
  for (const OpenLog* log : logs) keys.push_back(log->name.directory());
  auto outcome = std::make_shared<Result<void>>();
  Worker::Job job;
  job.run = [synced_dir = synced_dir_, keys, outcome] {
    *outcome = sync_file_systems(*synced_dir, keys);
  };
  job.done = [this, keys, outcome] {
    if (!*outcome) sync_has_failed(fmt::format("{} logs", keys.size()), outcome->error());
    for (const std::string& key : keys)
      if (OpenLog* log = find(key)) {
        log->is_syncing = false;
        if (!*outcome) log->log->switch_segment_next();
      }
  };
  if (!ports_.files.submit(std::move(job)))
    return sync_timer_.arm_no_later(ports_.loop.now() + kRetrySync);
  for (OpenLog* log : logs) {
    log->is_dirty = log->has_new_name = false;
    log->is_syncing = true;
  }
}

// The whole file system: that is all logs, open or not, with their names and with segments that a
// policy never syncs.
void LogTable::sync_all(const std::function<void(std::optional<Error>)>& done) {
  std::vector<std::string> keys;
  const auto names = list();
  if (!names) return done(names.error());
  for (const LogName& name : *names) keys.push_back(name.directory());
  auto outcome = std::make_shared<Result<void>>();
  Worker::Job job;
  job.run = [synced_dir = synced_dir_, keys = std::move(keys), outcome] {
    *outcome = sync_file_systems(*synced_dir, keys);
  };
  job.done = [this, outcome, done] {
    if (!*outcome) {
      sync_has_failed("all logs", outcome->error());
      for (const auto& [directory, log] : logs_) log->log->switch_segment_next();
    }
    done(std::exchange(untold_failure_, std::nullopt));
  };
  if (!ports_.files.submit(std::move(job)))
    done(Error{ErrorCode::limit, 0, "too many jobs wait for the disk"});
}

void LogTable::sync_before_exit() {
  std::vector<std::string> keys;
  for (const auto& [directory, log] : logs_) {
    const bool is_synced =
        !log->is_dirty && !log->is_syncing && !has_closed(*log) && log->feeds.empty();
    if (!is_synced && log->config->sync.mode != SyncMode::never) keys.push_back(directory);
  }
  if (keys.size() + closed_.size() + syncing_.size() > kMostSyncsAtOnce) {
    std::ignore = sync_file_systems(*synced_dir_, keys);
    return;
  }
  for (const auto* files : {&closed_, &syncing_})
    for (const ClosedFile& closed : *files) std::ignore = closed.file->sync_data();
  for (const std::string& key : keys) {
    const OpenLog& log = *logs_.at(key);
    std::ignore = log.log->active_file()->sync_data();
    std::ignore = sync_names(*synced_dir_, key);
  }
}

// ---- closing

std::size_t LogTable::idle_logs() const {
  return static_cast<std::size_t>(std::count_if(
      logs_.begin(), logs_.end(), [](const auto& log) { return log.second->feeds.empty(); }));
}

void LogTable::release(OpenLog& log) {
  if (log.feeds.empty()) idle_timer_.arm_no_later(ports_.loop.now() + kIdleBeforeClose);
}

void LogTable::close_idle() {
  bool waits = false;
  for (auto entry = logs_.begin(); entry != logs_.end();) {
    const OpenLog& log = *entry->second;
    const bool is_idle = log.feeds.empty() && log.runs == 0;
    const bool is_synced = !has_closed(log) && !log.is_dirty;
    const bool is_busy = !is_synced || log.is_syncing || log.is_flushing;
    waits = waits || (is_idle && is_busy);
    if (is_idle && !is_busy) {
      active_numbers_[entry->first] = log.log->segment_number();
      if (listener_ != nullptr) listener_->closes(*entry->second);
    }
    entry = is_idle && !is_busy ? logs_.erase(entry) : std::next(entry);
  }
  if (waits) idle_timer_.arm_after(kIdleBeforeClose);
}

}  // namespace logd
