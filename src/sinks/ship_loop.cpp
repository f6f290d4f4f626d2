// SPDX-License-Identifier: Apache-2.0
#include "sinks/ship_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/diagnostics.h"
#include "query/log_cursor.h"
#include "query/segment_file.h"
#include "sinks/ship_request.h"

namespace logd {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr auto kLookEverywhereInterval = 30s;
constexpr auto kPollWithoutNotices = 1s;
constexpr auto kSaveInterval = 1s;
constexpr auto kMeasureInterval = 10s;
constexpr auto kUrgentMeasureInterval = 1s;  // before retention lets go by itself
constexpr auto kMeasureAgain = 200ms;
constexpr auto kLookAtCredentials = 1s;
constexpr auto kTokenInterval = 20ms;
constexpr std::size_t kMaxOpenLogs = 32;
constexpr std::uint64_t kNoRate = ~std::uint64_t{0};

// Whatever a damaged file makes a reader say, again and again.
Report report_of(const std::string& name) {
  return [name](Trouble trouble, const std::string& message) {
    if (trouble == Trouble::notice)
      log_info(name + ": " + message);
    else
      log_warn(name + ": " + message);
  };
}

void earlier(std::optional<MonoTime>& time, std::optional<MonoTime> other) {
  if (other && (!time || *other < *time)) time = other;
}

}  // namespace

ShipLoop::ShipLoop(const World& world, std::string name, const ShipConfig& config,
                   const HostIdentity& host, std::string log_dir,
                   std::unique_ptr<Directory> directory)
    : world_(world),
      name_(std::move(name)),
      config_(config),
      host_(host),
      log_dir_path_(std::move(log_dir)),
      directory_(std::move(directory)),
      choice_(config.processes),
      report_(report_of(name_)),
      builder_(make_batch_builder(sources_, config_, host_, world.compresses)),
      dead_(*directory_, config_.max_dead_bytes),
      letters_(*directory_, dead_),
      lanes_(config_.in_flight),
      gate_({config_.in_flight, config_.max_backoff},
            static_cast<std::uint64_t>(world.clock.wall_now().time_since_epoch().count())) {
  status_.type = config_.type;
  status_.host = host_of_url(config_.url);
}

ShipLoop::~ShipLoop() = default;

Result<void> ShipLoop::open() {
  LOGD_TRY_ASSIGN(log_dir_, world_.file_system.open_directory(log_dir_path_));
  load_state();
  watch_.watch_log_dir(log_dir_->descriptor());
  look_for_logs();
  resume_intended();
  const MonoTime now = world_.clock.mono_now();
  news_due_ = now;
  last_look_everywhere_ = last_save_ = last_tokens_ = now;
  last_measure_ = now - kMeasureInterval;
  return {};
}

void ShipLoop::load_state() {
  auto state = read_ship_state(*directory_);
  has_state_ = state.has_value();
  if (state) {
    state_ = std::move(*state);
  } else if (state.error().code != ErrorCode::not_found) {
    // What was sent is sent again, rather than something left out.
    log_error(fmt::format("{}: its state cannot be read, and begins anew: {}", name_,
                          state.error().message()));
  }
  const std::string settings = settings_digest(config_);
  if (state_.settings != settings) state_.has_succeeded = false;
  state_.settings = settings;
}

// Batches that were on their way when it ended: the same ones go first.
void ShipLoop::resume_intended() {
  std::vector<IntendedBatch> kept;
  for (const IntendedBatch& batch : state_.intended) {
    const bool is_next = std::all_of(batch.parts.begin(), batch.parts.end(), [&](const auto& part) {
      const auto source = sources_.find(part.log);
      return source != sources_.end() && source->second->feed.cursor() == part.from;
    });
    const auto lane = std::find_if(lanes_.begin(), lanes_.end(),
                                   [](const Lane& one) { return !one.work.has_value(); });
    if (!is_next || lane == lanes_.end() || batch.parts.empty()) continue;
    for (const BatchPart& part : batch.parts) {
      ShipSource& source = *sources_.at(part.log);
      source.feed.start(part.to, std::nullopt);
      source.is_busy = true;
    }
    lane->work = BatchBuilder::again(batch);
    kept.push_back(batch);
  }
  state_.intended = std::move(kept);
}

void ShipLoop::look_for_logs() {
  const auto logs = list_logs(*log_dir_);
  if (!logs) return log_warn(fmt::format("{}: {}", name_, logs.error().message()));
  const bool is_first_look = sources_.empty() && !has_state_;
  for (const LogName& log : *logs)
    if (choice_.includes(log) && !sources_.contains(log.directory()))
      add_source(log, is_first_look);
}

void ShipLoop::add_source(const LogName& log, bool is_first_look) {
  const std::string directory = log.directory();
  const FeedOptions options = feed_options(config_);
  auto source = std::make_unique<ShipSource>(*log_dir_, log, options, report_);
  const auto known = state_.logs.find(directory);
  LogCursor cursor;
  if (known != state_.logs.end()) {
    cursor = known->second.acked;
    source->feed.start(cursor, known->second.loss);
    // When it was acknowledged is not known any more: not before now.
    if (!(cursor == known->second.settled)) source->settling.add(world_.clock.mono_now(), cursor);
    // What it lacks of that was counted before.
    source->feed.note_known(cursor.last.position.segment);
  } else {
    const auto opened = log_dir_->open_directory(directory, Create::no);
    const auto segments = opened ? list_segment_files(**opened) : fail(opened.error());
    if (!segments)  // there is another look
      return log_warn(fmt::format("{}: {}: {}", name_, directory, segments.error().message()));
    if (is_first_look && config_.start == "now")
      cursor = cursor_before(**opened, *segments, kNoLimit);
    // What was deleted before is not missed.
    if (cursor.last.position.segment == 0 && !segments->empty())
      cursor.last.position.segment = segments->front().name.number - 1;
    state_.logs[directory] = {cursor, cursor, {}};
    source->feed.start(cursor, std::nullopt);
    note_change();
  }
  // What stands behind its place is no older.
  source->news_since = cursor.last.time > WallTime() ? cursor.last.time : world_.clock.wall_now();
  watch(*source, watched_.size());
  watched_.push_back(source.get());
  sources_.emplace(directory, std::move(source));
  if (!news_due_) news_due_ = world_.clock.mono_now();
}

void ShipLoop::watch(ShipSource& source, std::size_t index) {
  const auto directory = log_dir_->open_directory(source.feed.name().directory(), Create::no);
  if (directory) watch_.watch_log(index, (*directory)->descriptor());
}

void ShipLoop::note_news(ShipSource& source) {
  source.has_news = true;
  if (!source.news_since) source.news_since = world_.clock.wall_now();
}

void ShipLoop::take_news(MonoTime now) {
  const LogWatch::News news = watch_.take();
  const bool is_due = now - last_look_everywhere_ >= kLookEverywhereInterval;
  if (news.all || is_due || !watch_.is_working()) {
    last_look_everywhere_ = now;
    look_for_logs();
    for (std::size_t i = 0; i < watched_.size(); ++i) {
      // The directory may be another one by now.
      if (!watched_[i]->is_busy) watched_[i]->feed.note_replaced();
      watch(*watched_[i], i);
      note_news(*watched_[i]);
    }
    return;
  }
  for (const std::size_t log : news.names) {
    watched_[log]->feed.note_new_names();
    note_news(*watched_[log]);
  }
  // Of segments, only that one is closed or compressed is news, and that makes a name.
  if (!builder_->sends_segments())
    for (const std::size_t log : news.logs) note_news(*watched_[log]);
  if (news.log_dir) {
    look_for_logs();
    for (std::size_t i = 0; i < watched_.size(); ++i) watch(*watched_[i], i);
  }
}

void ShipLoop::settle(MonoTime now) {
  // It may be lost.
  if (break_ != Break::none) return;
  for (const auto& [directory, source] : sources_) {
    if (auto settled = source->settling.take_settled(now, config_.settle)) {
      state_.logs[directory].settled = *settled;
      note_change();
    }
  }
}

void ShipLoop::turn(int wake_fd, milliseconds longest) {
  const bool had_unsent = has_unsent();
  MonoTime now = world_.clock.mono_now();
  if (now >= news_due_.value_or(last_look_everywhere_ + kLookEverywhereInterval)) {
    news_due_.reset();
    take_news(now);
  }
  settle(now);
  look_at_credentials(now);
  measure_backlog(now);
  if (!is_winding_up_) fill_lanes(now);
  if (is_dirty_ && now - last_save_ >= kSaveInterval) save();
  now = world_.clock.mono_now();
  std::optional<MonoTime> until = next_time(now);
  earlier(until, now + longest);
  if (had_unsent && !has_unsent()) earlier(until, now);  // who asks for the status is told
  const auto wait = std::chrono::ceil<milliseconds>(std::max(*until - now, Nanoseconds(0)));
  std::vector<int> wake_fds{wake_fd};
  // While news is due anyway, more of it says nothing.
  const bool listens = !news_due_ && watch_.is_working();
  if (listens) wake_fds.push_back(watch_.descriptor());
  for (const EndedRequest& ended : world_.transport.wait(wake_fds, wait))
    handle(lanes_.at(ended.id), ended.answer);
  if (listens && is_readable(watch_.descriptor()))
    news_due_ = world_.clock.mono_now() + config_.batch_delay;
  if (!watch_.is_working() && !news_due_)
    news_due_ =
        world_.clock.mono_now() + std::max<Nanoseconds>(kPollWithoutNotices, config_.batch_delay);
}

std::optional<MonoTime> ShipLoop::next_time(MonoTime now) const {
  std::optional<MonoTime> next = last_look_everywhere_ + kLookEverywhereInterval;
  if (news_due_) next = news_due_;
  if (is_winding_up_) return next;
  if (is_dirty_) earlier(next, last_save_ + kSaveInterval);
  if (break_ == Break::none) {
    for (const auto& [directory, source] : sources_)
      earlier(next, source->settling.due(config_.settle));
  }
  if (gate_.state() == SendGate::State::hold) earlier(next, last_credentials_ + kLookAtCredentials);
  if (has_more()) earlier(next, next_request(now));
  if (has_unsent()) {
    const bool is_urgent = config_.required && gate_.state() != SendGate::State::open;
    earlier(next, last_measure_ + (is_urgent ? kUrgentMeasureInterval : kMeasureInterval));
  }
  return next;
}

// When a request may go that could not go just now; nothing: not before an answer has come.
std::optional<MonoTime> ShipLoop::next_request(MonoTime now) const {
  const MonoTime opens_at = std::max(gate_.opens_at().value_or(now), now);
  if (world_.transport.in_flight() >= gate_.allowed(opens_at)) return std::nullopt;
  const bool is_waiting = std::any_of(
      lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.work && !lane.is_sending; });
  if (is_waiting) return opens_at;
  if (config_.max_rate && tokens_ < 1) return std::max<MonoTime>(opens_at, now + kTokenInterval);
  if (gate_.state() == SendGate::State::open) return std::nullopt;
  return opens_at;
}

// Whether a request could be made.
bool ShipLoop::has_more() const {
  const auto has_work = [](const Lane& lane) { return lane.work.has_value(); };
  return std::any_of(lanes_.begin(), lanes_.end(), has_work) || replay_.is_waiting() ||
         letters_.is_waiting() ||
         std::any_of(sources_.begin(), sources_.end(),
                     [](const auto& source) { return source.second->has_news; });
}

bool ShipLoop::has_unsent() const {
  return has_more() || std::any_of(sources_.begin(), sources_.end(),
                                   [](const auto& source) { return source.second->is_behind(); });
}

// What holds is often a file that somebody is about to mend.
void ShipLoop::look_at_credentials(MonoTime now) {
  if (gate_.state() != SendGate::State::hold || now - last_credentials_ < kLookAtCredentials)
    return;
  last_credentials_ = now;
  if (world_.transport.take_new_credentials()) gate_.try_now();
}

// Records that may be planned now.
std::uint64_t ShipLoop::tokens(MonoTime now) {
  if (!config_.max_rate) return kNoRate;
  const double rate = static_cast<double>(*config_.max_rate);
  tokens_ += std::chrono::duration<double>(now - last_tokens_).count() * rate;
  tokens_ = std::min(tokens_, rate);
  last_tokens_ = now;
  return static_cast<std::uint64_t>(tokens_);
}

void ShipLoop::fill_lanes(MonoTime now) {
  const std::size_t allowed = gate_.allowed(now);
  // First all are made, then they are remembered at once, then they go.
  std::vector<Lane*> ready;
  bool has_new = false;
  const std::size_t sending = world_.transport.in_flight();
  for (std::size_t i = 0; i < lanes_.size() && sending + ready.size() < allowed; ++i) {
    Lane& lane = lanes_[(next_lane_ + i) % lanes_.size()];
    if (lane.is_sending) continue;
    if (!lane.work) {
      if (!plan(lane, now)) continue;
      has_new = true;
    }
    ready.push_back(&lane);
  }
  // While only one may go, and fails, the others have their turn, too.
  if (!ready.empty())
    next_lane_ = (static_cast<std::size_t>(ready.front() - lanes_.data()) + 1) % lanes_.size();
  if (has_new) save();
  for (Lane* const lane : ready) send(*lane);
}

bool ShipLoop::plan(Lane& lane, MonoTime now) {
  const std::uint64_t most = tokens(now);
  if (most == 0) return false;
  auto work = builder_->plan(most, [this](const ShipSource& source) {
    LogProgress& progress = state_.logs[source.feed.name().directory()];
    progress.acked = source.feed.cursor();
    if (source.settling.is_empty()) progress.settled = progress.acked;
    note_change();
  });
  if (!work) return plan_replay(lane, most);
  if (config_.max_rate) tokens_ -= static_cast<double>(work->pieces.front().records);
  work->batch.number = state_.next_batch++;
  state_.intended.push_back(work->batch);
  for (const BatchPart& part : work->batch.parts) state_.logs[part.log].loss.reset();
  lane.work = std::move(work);
  std::size_t open = 0;
  for (const auto& [directory, source] : sources_) {
    open += source->feed.is_open() ? 1 : 0;
    if (open > kMaxOpenLogs && !source->is_busy) source->feed.rest();
  }
  return true;
}

// Makes its body; false if nothing of it is left, or not now.
bool ShipLoop::prepare(Lane& lane, Piece& piece) {
  if (!piece.body.empty()) return true;
  const std::vector<BatchPart> before = piece.parts;
  const auto gone = builder_->encode(piece);
  if (!gone && set_aside(lane, gone.error())) return false;
  if (!gone) {
    log_warn(fmt::format("{}: {}", name_, gone.error().message()));
    status_.reason = gone.error().message();
    gate_.on_failure(world_.clock.mono_now(), std::nullopt);
    return false;
  }
  if (*gone > 0 && lane.letter) {
    log_warn(fmt::format("{}: {} of {} is gone", name_, lane.letter->message, lane.letter->log));
    ++state_.totals.lost_segments;
  }
  const bool is_counted = *gone > 0 && !is_replay(lane);
  for (std::size_t i = 0; is_counted && i < before.size(); ++i) {
    const std::uint64_t lost = before[i].records - piece.parts[i].records;
    if (lost == 0) continue;
    if (builder_->sends_segments()) {
      state_.totals.lost_segments += lost;
      log_warn(
          fmt::format("{}: a segment of {} was deleted before it was sent", name_, before[i].log));
      continue;
    }
    note_loss(before[i].log, {lost, 0, 0, "deleted"});
  }
  return true;
}

// A log that cannot be read waits; what else is in the batch is planned anew. False if it is not
// for a log that it cannot be made ready.
bool ShipLoop::set_aside(Lane& lane, const Error& error) {
  if (lane.letter) {
    // It is one again: others need not wait for it.
    if (!add_letters({*lane.letter})) return true;
    letters_.done();
    lane.letter.reset();
    log_warn(fmt::format("{}: a dead letter cannot be sent again: {}", name_, error.message()));
  } else if (builder_->unreadable().empty()) {
    return false;
  } else if (is_replay(lane)) {
    replay_.failed(std::move(lane.work->batch.parts.front()), error, report_);
  } else {
    untell(lane.work->batch);
    for (const BatchPart& part : lane.work->batch.parts) {
      ShipSource& source = *sources_.at(part.log);
      source.feed.start(part.from, state_.logs[part.log].loss);
      source.is_busy = false;
      source.has_news = true;
      source.news_since = parse_time(lane.work->first_time);
      if (part.log == builder_->unreadable()) BatchBuilder::note_trouble(source, error);
    }
    forget_intended(lane.work->batch.number);
    news_due_ = world_.clock.mono_now();
  }
  lane.work.reset();
  lane.probe.reset();
  note_change();
  return true;
}

// Counts it, and tells it before the next record of the log.
void ShipLoop::note_loss(const std::string& log, const Loss& loss) {
  state_.totals.lost_records += loss.records;
  state_.totals.lost_bytes += loss.bytes;
  std::optional<Loss>& untold = state_.logs[log].loss;
  if (untold) {
    untold->records += loss.records;
    untold->bytes += loss.bytes;
    untold->segments += loss.segments;
  } else {
    untold = loss;
  }
  note_change();
  if (const auto source = sources_.find(log); source != sources_.end())
    source->second->feed.start(source->second->feed.cursor(), untold);
}

void ShipLoop::send(Lane& lane) {
  const bool is_probe = lane.probe.has_value();
  Piece& piece = is_probe ? *lane.probe : lane.work->pieces.front();
  if (!prepare(lane, piece)) return;
  if (piece.records == 0) return finish_piece(lane, Stored::no);  // a probe has one
  lane.request = builder_->request(piece);
  lane.is_sending = true;
  lane.is_probing = is_probe;
  lane.was_idle_connection = connections_ > world_.transport.in_flight();
  world_.transport.start(static_cast<std::uint64_t>(&lane - lanes_.data()), lane.request);
}

void ShipLoop::save() {
  last_save_ = world_.clock.mono_now();
  take_counts();
  const auto written = write_ship_state(*directory_, state_);
  if (written) {
    is_dirty_ = false;
    return;
  }
  // It goes on: what was sent is sent again after a crash, and nothing is left out.
  is_dirty_ = true;
  if (status_.state_errors++ == 0)
    log_error(fmt::format("{}: its state cannot be written: {}", name_, written.error().message()));
}

void ShipLoop::take_counts() {
  const std::uint64_t cut = builder_->cut_records();
  state_.totals.cut += cut - std::exchange(counted_cut_, cut);
  const std::uint64_t lost = builder_->lost_segments();
  state_.totals.lost_segments += lost - std::exchange(counted_lost_segments_, lost);
}

bool ShipLoop::wind_up() {
  is_winding_up_ = true;
  return world_.transport.in_flight() == 0;
}

void ShipLoop::try_now() { gate_.try_now(); }

void ShipLoop::measure_backlog(MonoTime now) {
  const bool is_urgent = config_.required && gate_.state() != SendGate::State::open;
  if (now - last_measure_ < (is_urgent ? kUrgentMeasureInterval : kMeasureInterval)) return;
  if (!has_unsent()) {
    status_.backlog_bytes = 0;
    return;
  }
  last_measure_ = now;
  status_.backlog_bytes = 0;
  std::uint64_t readable = 0;
  for (const auto& [directory, source] : sources_) {
    if (!source->is_behind() && !source->is_busy) continue;
    const auto backlog = builder_->backlog(*source, state_.logs[directory].acked);
    if (!backlog) continue;
    status_.backlog_bytes += backlog->bytes;
    if (source->trouble.empty()) readable += backlog->bytes;
  }
  // Segments become ready at their own pace: while they are taken, none has waited too long.
  const bool is_taken = builder_->sends_segments() && gate_.state() == SendGate::State::open;
  if (config_.required && !is_taken) limit_backlog(readable);
}

// Beyond the limit the oldest is left out: what is kept for this destination must not fill the
// disk. What cannot be read does not make others go; logd lets go of it by itself (ship_holds.h).
void ShipLoop::limit_backlog(std::uint64_t behind) {
  const bool is_over = config_.max_backlog_bytes && behind > *config_.max_backlog_bytes;
  if (!is_over && !config_.max_backlog_age) return;
  // What waits in lanes is the oldest of all; but not while it may get there.
  if (is_over && world_.transport.in_flight() > 0) {
    last_measure_ -= kUrgentMeasureInterval - kMeasureAgain;
    return;
  }
  if (is_over) drop_works();
  while (give_up_oldest()) {
  }
}

// One segment of the log that is furthest behind; false if nothing must, or can, be given up.
bool ShipLoop::give_up_oldest() {
  const WallTime now = world_.clock.wall_now();
  ShipSource* chosen = nullptr;
  LogFeed::Backlog oldest;
  std::uint64_t all = 0;
  std::uint64_t total = 0;  // of what can be read
  bool is_too_old = false;
  for (const auto& [directory, source] : sources_) {
    const auto backlog = builder_->backlog(*source, state_.logs[directory].acked);
    if (!backlog || (!source->is_behind() && !source->is_busy)) continue;
    all += backlog->bytes;
    if (!source->trouble.empty()) continue;
    total += backlog->bytes;
    if (source->is_busy || backlog->segments < 2 || is_too_old) continue;
    is_too_old = config_.max_backlog_age && backlog->oldest_ended &&
                 now - *backlog->oldest_ended > *config_.max_backlog_age;
    if (is_too_old || chosen == nullptr ||
        source->feed.cursor().last.time < chosen->feed.cursor().last.time) {
      chosen = source.get();
      oldest = *backlog;
    }
  }
  status_.backlog_bytes = all;
  const bool is_too_much = config_.max_backlog_bytes && total > *config_.max_backlog_bytes;
  if (chosen == nullptr || (!is_too_much && !is_too_old)) return false;
  const auto lost = chosen->feed.give_up(oldest.newest, "backlog");
  if (!lost) {
    BatchBuilder::note_trouble(*chosen, lost.error());
    return true;  // of the others
  }
  if (lost->records == 0) return false;
  const std::string log = chosen->feed.name().directory();
  log_warn(fmt::format("{}: {} records of {} are left out: more than {} is behind", name_,
                       lost->records, log, is_too_much ? "max_backlog" : "max_backlog_age"));
  LogProgress& progress = state_.logs[log];
  progress.acked = progress.settled = chosen->feed.cursor();
  chosen->settling.clear();
  if (builder_->sends_segments()) {
    chosen->feed.start(progress.acked, std::nullopt);  // nothing tells of it
  } else {
    progress.loss = chosen->feed.loss();
    state_.totals.lost_records += lost->records;
  }
  state_.totals.lost_bytes += lost->bytes;
  state_.totals.lost_segments += lost->segments;
  note_change();
  return true;
}

DestinationStatus ShipLoop::status() const {
  DestinationStatus status = status_;
  constexpr const char* kStates[] = {"ok", "backoff", "hold"};
  status.state = kStates[static_cast<std::size_t>(gate_.state())];
  if (gate_.state() == SendGate::State::open) {
    status.reason.clear();
    for (const auto& [directory, source] : sources_)
      if (!source->trouble.empty()) status.reason = directory + ": " + source->trouble;
  }
  status.totals = state_.totals;
  if (!has_unsent()) status.backlog_bytes = 0;
  status.in_flight = world_.transport.in_flight();
  status.raw_bytes = builder_->raw_bytes();
  status.sent_bytes = builder_->sent_bytes();
  status.dead_bytes = dead_.bytes() + letters_.bytes();
  const auto older = [&](std::optional<WallTime> time) {
    if (time && (!status.oldest_unsent || *time < *status.oldest_unsent))
      status.oldest_unsent = time;
  };
  for (const Lane& lane : lanes_)
    if (lane.work) older(parse_time(lane.work->first_time));
  for (const auto& [directory, source] : sources_)
    if (source->is_behind()) older(source->news_since);
  if (const auto opens_at = gate_.opens_at())
    status.opens_at = world_.clock.wall_now() + (*opens_at - world_.clock.mono_now());
  return status;
}

}  // namespace logd
