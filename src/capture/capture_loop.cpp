// SPDX-License-Identifier: Apache-2.0
#include "capture/capture_loop.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/diagnostics.h"

namespace logd {
namespace {

constexpr std::size_t kBatchBytes = 256 << 10;
constexpr std::size_t kFeedsPerRound = 256;
constexpr std::uint64_t kPageBytes = 4096;

// A stream that brings this much at once, or twice in a row at this rate, is busy.
constexpr std::uint64_t kBusyTurnBytes = 16 << 10;
constexpr double kBusyBytesPerSecond = 2e6;
constexpr int kEmptyTurnsUntilQuiet = 3;

// A busy stream's wait: until its pipe is half full, but no longer than this. With the kernel's 64
// KiB a longer wait costs the writer more than it saves the reader (measured: 1.73 M lines/s at 200
// us, 0.54 M at 1 ms).
constexpr auto kWaitSmallPipe = std::chrono::microseconds(200);
constexpr auto kWaitLargePipe = std::chrono::microseconds(1000);
constexpr std::uint64_t kLargePipeBytes = 256 << 10;
constexpr auto kShortestWait = std::chrono::microseconds(30);
constexpr int kFullTurnsUntilGrown = 4;
constexpr auto kUnwatchedPoll = std::chrono::milliseconds(20);

// The gate of the quiet streams: open while few lines come, closed up to this long between rounds
// when many do.
constexpr auto kLongestGateDelay = std::chrono::milliseconds(25);
constexpr double kGateFreeLinesPerSecond = 3000;
constexpr double kGateDelayPerLineRate =
    0.8e-6;  // seconds per line/s: 25 ms from 31,000 lines/s on
constexpr auto kRateWindow = std::chrono::milliseconds(20);

// A shim asks again after 250 ms at most; on a busy machine it may get to it later.
constexpr auto kShimsComeBack = std::chrono::seconds(5);

constexpr auto kFirstRetry = std::chrono::milliseconds(100);
constexpr auto kLongestRetry = std::chrono::milliseconds(800);
// A fault of the disk other than being full gets this long to go away before lines are dropped.
constexpr auto kDropAfter = std::chrono::seconds(1);
constexpr auto kQuietTime = std::chrono::seconds(10);

// As good as full: how writes lie in its pages leaves some room unused.
std::uint64_t full_bytes(std::uint64_t pipe_bytes) { return pipe_bytes / 8 * 7; }

std::uint64_t bytes_in(int pipe) {
  int bytes = 0;
  return ioctl(pipe, FIONREAD, &bytes) == 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

double seconds(Nanoseconds time) { return std::chrono::duration<double>(time).count(); }

void erase_unordered(std::vector<Feed*>& feeds, const Feed* feed) {
  const auto found = std::find(feeds.begin(), feeds.end(), feed);
  if (found == feeds.end()) return;
  *found = feeds.back();
  feeds.pop_back();
}

}  // namespace

Feed::Feed(std::unique_ptr<PosixEscrow> escrow, OpenLog& log, const Masker& masker,
           BatchMemory& memory, Source::Settings settings, std::uint32_t uid,
           FeedListener& listener)
    : log_(log),
      listener_(listener),
      masker_(masker),
      pipe_(escrow->pipe()),
      uid_(uid),
      source_(std::move(escrow), *log.log, masker, memory, settings) {}

Result<std::unique_ptr<CaptureLoop>> CaptureLoop::create(EventLoop& loop, LogTable& logs,
                                                         CaptureLimits limits) {
  UniqueFd quiet_set(epoll_create1(EPOLL_CLOEXEC));
  if (!quiet_set) return fail(system_error(errno, "epoll_create1"));
  return std::unique_ptr<CaptureLoop>(new CaptureLoop(loop, logs, limits, std::move(quiet_set)));
}

CaptureLoop::CaptureLoop(EventLoop& loop, LogTable& logs, CaptureLimits limits, UniqueFd quiet_set)
    : loop_(loop),
      logs_(logs),
      limits_(limits),
      begin_(loop.clock().mono_now()),
      quiet_set_(std::move(quiet_set)),
      memory_(kBatchBytes),
      retry_delay_(kFirstRetry),
      gate_timer_(loop, [this] { gate_->change(EPOLLIN | EPOLLONESHOT); }),
      retry_timer_(loop, [this] { retry_stalled(); }),
      tell_timer_(loop, [this] { tell_untold(); }),
      unfinished_timer_(loop, [this] { store_idle_parts(); }),
      quiet_timer_(loop, [this] { tidy_quiet(); }) {
  gate_ = std::make_unique<Watch>(loop, quiet_set_.get(), EPOLLIN | EPOLLONESHOT,
                                  [this](std::uint32_t) { open_gate(); });
  loop.set_ticker(this);
}

CaptureLoop::~CaptureLoop() { loop_.set_ticker(nullptr); }

void CaptureLoop::add(Feed& feed) {
  const int pipe_bytes = fcntl(feed.pipe_, F_GETPIPE_SZ);
  feed.pipe_bytes_ = pipe_bytes > 0 ? static_cast<std::uint64_t>(pipe_bytes) : 64 << 10;
  feed.last_data_ = loop_.now();
  feeds_.push_back(&feed);
  count_held(feed);
  if (!feed.log_.is_flushing) set_place(feed, Feed::Place::busy);
}

void CaptureLoop::add_before_start(Feed& feed) {
  feed.waits_for_start_ = true;
  add(feed);
}

void CaptureLoop::may_store(Feed& feed) {
  if (!std::exchange(feed.waits_for_start_, false) || feed.log_.is_flushing) return;
  set_place(feed, Feed::Place::busy);
}

void CaptureLoop::remove(Feed& feed) {
  held_bytes_ -= std::exchange(feed.held_bytes_, 0);
  set_place(feed, Feed::Place::none);
  shrink_pipe(feed);
  erase_unordered(feeds_, &feed);
  erase_unordered(unfinished_, &feed);
  erase_unordered(quiet_watch_, &feed);
}

void CaptureLoop::ask_for_idle(Feed& feed) {
  feed.wants_idle_call_ = true;
  if (feed.place_ == Feed::Place::quiet) set_place(feed, Feed::Place::busy);
}

bool CaptureLoop::may_shims_come_back() const { return loop_.now() - begin_ < kShimsComeBack; }

void CaptureLoop::pause(OpenLog& log) {
  log.is_flushing = true;
  for (Feed* feed : feeds_) {
    if (&feed->log_ != &log) continue;
    set_place(*feed, Feed::Place::none);
    if (!feed->held_since_) feed->held_since_ = loop_.now();
  }
}

void CaptureLoop::resume(OpenLog& log) {
  log.is_flushing = false;
  for (Feed* feed : feeds_)
    if (&feed->log_ == &log && !feed->source_.has_ended()) set_place(*feed, Feed::Place::busy);
}

// ---- places

void CaptureLoop::set_place(Feed& feed, Feed::Place place) {
  if (feed.place_ == place) return;
  if (feed.held_since_) count_held_wait(feed);
  switch (feed.place_) {
    case Feed::Place::quiet:
      epoll_ctl(quiet_set_.get(), EPOLL_CTL_DEL, feed.pipe_, nullptr);
      break;
    case Feed::Place::busy:
      erase_unordered(busy_, &feed);
      break;
    case Feed::Place::stalled:
      erase_unordered(stalled_, &feed);
      break;
    case Feed::Place::none:
      break;
  }
  feed.place_ = place;
  switch (place) {
    case Feed::Place::quiet:
      if (watch_quiet(feed)) break;
      feed.place_ = Feed::Place::busy;
      busy_.push_back(&feed);
      feed.empty_turns_ = kEmptyTurnsUntilQuiet;  // the next one without data tries again
      feed.due_ = loop_.now() + kUnwatchedPoll;
      break;
    case Feed::Place::busy:
      busy_.push_back(&feed);
      feed.empty_turns_ = 0;
      feed.due_ = loop_.now();
      break;
    case Feed::Place::stalled:
      stalled_.push_back(&feed);
      feed.held_since_ = loop_.now();
      break;
    case Feed::Place::none:
      break;
  }
}

// The system limits watches (fs.epoll.max_user_watches), and runs decide how many there are.
bool CaptureLoop::watch_quiet(Feed& feed) {
  epoll_event event{.events = EPOLLIN, .data = {.ptr = &feed}};
  if (epoll_ctl(quiet_set_.get(), EPOLL_CTL_ADD, feed.pipe_, &event) == 0) return true;
  if (!std::exchange(has_told_unwatched_, true))
    log_warn(
        system_error(errno, "a stream cannot be watched, and is looked at every 20 ms").message());
  return false;
}

std::optional<MonoTime> CaptureLoop::tick(MonoTime now) {
  std::optional<MonoTime> next;
  // A turn moves feeds in and out of busy_: go by index, and look at a feed that was swapped in at
  // the next tick.
  for (std::size_t i = 0; i < busy_.size(); ++i) {
    Feed& feed = *busy_[i];
    if (feed.due_ <= now) turn(feed, now);
    if (i < busy_.size()) next = next ? std::min(*next, busy_[i]->due_) : busy_[i]->due_;
  }
  return next;
}

void CaptureLoop::open_gate() {
  std::array<epoll_event, kFeedsPerRound> events;
  const int count = epoll_wait(quiet_set_.get(), events.data(), kFeedsPerRound, 0);
  for (int i = 0; i < count; ++i) {
    Feed& feed = *static_cast<Feed*>(events[static_cast<std::size_t>(i)].data.ptr);
    if (feed.place_ == Feed::Place::quiet) turn(feed, loop_.now());
  }
  const Nanoseconds delay = count == kFeedsPerRound ? Nanoseconds(0) : gate_delay(loop_.now());
  if (delay == Nanoseconds(0))
    gate_->change(EPOLLIN | EPOLLONESHOT);
  else
    gate_timer_.arm(loop_.now() + delay);
}

Nanoseconds CaptureLoop::gate_delay(MonoTime now) {
  const Nanoseconds window = now - window_begin_;
  if (window >= kRateWindow) {
    const double rate = static_cast<double>(small_lines_) / seconds(window);
    small_lines_per_s_ = (small_lines_per_s_ + rate) / 2;
    small_lines_ = 0;
    window_begin_ = now;
  }
  if (small_lines_per_s_ < kGateFreeLinesPerSecond) return Nanoseconds(0);
  const Nanoseconds delay(
      static_cast<std::int64_t>(small_lines_per_s_ * kGateDelayPerLineRate * 1e9));
  return std::min<Nanoseconds>(delay, kLongestGateDelay);
}

// ---- turns

void CaptureLoop::turn(Feed& feed, MonoTime now) {
  std::uint64_t taken = 0;
  logs_.look_after(feed.log_);
  OpenLog& log = feed.log_;
  const bool drops = log.is_dropping && (feed.waits_for_start_ || now < log.next_try);
  if (feed.waits_for_start_ && !drops) {
    set_place(feed, Feed::Place::stalled);
    retry_timer_.arm_no_later(now + kFirstRetry);
    return;
  }
  const SourceCounters before = feed.source_.counters();
  const std::uint64_t masked_before = feed.masker_.masked_so_far();
  feed.source_.set_reset_above(reset_above(feed));
  const Source::Outcome outcome = drops ? feed.source_.drop_turn(taken) : feed.source_.turn(taken);
  count_held(feed);
  count_dropped(feed, before);
  if (outcome == Source::Outcome::more && !log.is_dropping) keep_within_limit(feed);
  const std::uint64_t lines = feed.source_.counters().lines - before.lines;
  ++turns_;
  LogCounters& counters = *feed.log_.counters;
  StreamCounters& stream = counters.of(feed.source_.settings().stream);
  stream.lines += lines;
  stream.bytes += taken;
  counters.masked += feed.masker_.masked_so_far() - masked_before;
  counters.cut_pieces += feed.source_.counters().cut_pieces - before.cut_pieces;
  count_busy_wait(feed, taken, now);
  if (feed.source_.counters().batches > before.batches) took_records(feed.log_);
  switch (outcome) {
    case Source::Outcome::more:
      place_after_data(feed, taken, now);
      // What a busy stream brings when it comes back says nothing about the small batches.
      if (feed.place_ == Feed::Place::quiet) small_lines_ += lines;
      break;
    case Source::Outcome::idle:
      place_after_nothing(feed, now);
      break;
    case Source::Outcome::ended:
      set_place(feed, Feed::Place::none);
      feed.listener_.feed_has_ended(feed);
      return;
    case Source::Outcome::stalled:
      if (drops)
        set_place(feed, Feed::Place::stalled);
      else
        stall(feed);
      break;
    case Source::Outcome::broken:
      set_place(feed, Feed::Place::none);
      feed.listener_.feed_is_broken(feed);
      return;
  }
  if (feed.place_ != Feed::Place::none) look_again_at_untold(feed);
}

void CaptureLoop::place_after_data(Feed& feed, std::uint64_t taken, MonoTime now) {
  const Nanoseconds elapsed = std::max(now - feed.last_data_, Nanoseconds(1000));
  feed.last_data_ = now;
  feed.empty_turns_ = 0;
  watch_unfinished(feed, now);
  if (!feed.is_watched_for_quiet_) {
    feed.is_watched_for_quiet_ = true;
    quiet_watch_.push_back(&feed);
    quiet_timer_.arm_no_later(now + kQuietTime);
  }
  if (taken == 0) {  // the escrow still held something
    set_place(feed, Feed::Place::busy);
    feed.due_ = now;
    return;
  }
  const double rate = static_cast<double>(taken) / seconds(elapsed);
  feed.fast_turns_ = rate >= kBusyBytesPerSecond ? feed.fast_turns_ + 1 : 0;
  if (feed.place_ == Feed::Place::quiet && taken < kBusyTurnBytes && feed.fast_turns_ < 2) return;
  set_place(feed, Feed::Place::busy);

  const std::uint64_t half = std::min<std::uint64_t>(feed.pipe_bytes_ / 2, kBatchBytes / 2);
  if (taken >= half) {
    feed.due_ = now;
    grow_pipe(feed, taken);
    return;
  }
  feed.full_turns_ = 0;
  const Nanoseconds until_half(static_cast<std::int64_t>(static_cast<double>(half) / rate * 1e9));
  const Nanoseconds longest = feed.pipe_bytes_ >= kLargePipeBytes ? Nanoseconds(kWaitLargePipe)
                                                                  : Nanoseconds(kWaitSmallPipe);
  const Nanoseconds wait = std::min(until_half, longest);
  feed.due_ = wait < kShortestWait ? now : now + wait;
}

void CaptureLoop::place_after_nothing(Feed& feed, MonoTime now) {
  if (feed.place_ == Feed::Place::busy) {
    feed.due_ = now + kWaitSmallPipe;
    if (++feed.empty_turns_ >= kEmptyTurnsUntilQuiet || feed.wants_idle_call_)
      set_place(feed, Feed::Place::quiet);
  }
  // What was dropped before is told before.
  if (!feed.wants_idle_call_ || feed.source_.can_tell()) return;
  feed.wants_idle_call_ = false;
  feed.listener_.feed_is_idle(feed);
}

// ---- how long writers wait for us

// Whether the pipe was full all the time is not known, only that it is: of the time that it took to
// fill the writer may have used a part.
void CaptureLoop::count_held_wait(Feed& feed) {
  const MonoTime since = *std::exchange(feed.held_since_, std::nullopt);
  if (bytes_in(feed.pipe_) >= full_bytes(feed.pipe_bytes_))
    feed.log_.counters->writer_blocked += loop_.now() - since;
}

// A quiet stream is looked at as soon as something comes; a busy one was looked at a moment ago.
void CaptureLoop::count_busy_wait(Feed& feed, std::uint64_t taken, MonoTime now) {
  const MonoTime before = std::exchange(feed.last_turn_, now);
  const std::uint64_t full = full_bytes(feed.pipe_bytes_);
  if (feed.place_ != Feed::Place::busy || taken < std::min(full, std::uint64_t{kBatchBytes / 2}))
    return;
  if (taken >= full || taken + bytes_in(feed.pipe_) >= full)
    feed.log_.counters->writer_blocked += now - before;
}

// ---- a disk that does not take it

void CaptureLoop::took_records(OpenLog& log) {
  logs_.mark_written(log);
  if (log.trouble.empty()) return;
  log_info(fmt::format("{}: takes records again", log.name.directory()));
  last_recovery_ = loop_.now();
  log.trouble.clear();
  log.is_dropping = false;
  retry_delay_ = kFirstRetry;
}

bool CaptureLoop::ask_for_room(const ProcessConfig& config) {
  if (config.on_disk_full == OnDiskFull::block) return false;
  if (make_room_ && !is_making_room_)
    is_making_room_ = make_room_([this] {
      is_making_room_ = false;
      retry_stalled();
    });
  return is_making_room_;
}

bool CaptureLoop::mends(OpenLog& log, const Error& error) {
  if (error.code == ErrorCode::not_found && logs_.reopen_directory(log)) return true;
  logs_.tell_closed(log);  // they may be all that can be deleted
  if (log.trouble.empty()) {
    log_error(fmt::format("{}: cannot store, waiting: {}", log.name.directory(), error.message()));
    log.trouble_since = loop_.now();
  }
  const bool is_full = error.code == ErrorCode::no_space;
  log.trouble_code = error.code;
  ++(is_full ? log.counters->full_disk_errors : log.counters->other_write_errors);
  const OnDiskFull policy = log.config->on_disk_full;
  const bool makes_room = is_full && ask_for_room(*log.config);
  const bool is_for_good = is_full || loop_.now() - log.trouble_since >= kDropAfter;
  const bool drops = policy == OnDiskFull::drop && is_for_good && !makes_room;
  if (drops && !log.is_dropping)
    log_error(fmt::format("{}: its lines are dropped until it takes records again",
                          log.name.directory()));
  log.is_dropping = drops;
  log.next_try = loop_.now() + retry_delay_;
  log.trouble = fmt::format("{}, {}: {}", is_full ? "disk full" : "cannot store",
                            drops        ? "lines are dropped"
                            : makes_room ? "the oldest segments go"
                                         : "blocked",
                            error.message());
  return false;
}

void CaptureLoop::count_dropped(Feed& feed, const SourceCounters& before) {
  LogCounters& counters = *feed.log_.counters;
  StreamCounters& stream = counters.of(feed.source_.settings().stream);
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    const std::uint64_t lines = feed.source_.counters().dropped[i].lines - before.dropped[i].lines;
    if (lines == 0) continue;
    stream.dropped_lines[i] += lines;
    counters.last_drop = loop_.now();
  }
}

// A stream that has dropped lines and says nothing more is looked at once they can be told.
void CaptureLoop::look_again_at_untold(Feed& feed) {
  const OpenLog& log = feed.log_;
  if (log.is_dropping)
    retry_timer_.arm_no_later(std::max(log.next_try, loop_.now() + kFirstRetry));
  else if (log.rate && feed.source_.can_tell())
    tell_timer_.arm_no_later(std::max(log.rate->full_at(), loop_.now() + kFirstRetry));
}

void CaptureLoop::tell_untold() {
  for (Feed* feed : feeds_)
    if (feed->place_ == Feed::Place::quiet && feed->source_.can_tell())
      set_place(*feed, Feed::Place::busy);
}

void CaptureLoop::stall(Feed& feed) {
  if (mends(feed.log_, feed.source_.error())) {
    set_place(feed, Feed::Place::busy);
    return;
  }
  set_place(feed, feed.log_.is_dropping ? Feed::Place::busy : Feed::Place::stalled);
  retry_timer_.arm_no_later(loop_.now() + retry_delay_);
}

void CaptureLoop::retry_stalled() {
  retry_delay_ = std::min<Nanoseconds>(retry_delay_ * 2, kLongestRetry);
  const std::vector<Feed*> feeds = stalled_;
  for (Feed* feed : feeds) set_place(*feed, Feed::Place::busy);
  tell_untold();
}

// ---- pipes and memory

void CaptureLoop::grow_pipe(Feed& feed, std::uint64_t taken) {
  if (++feed.full_turns_ < kFullTurnsUntilGrown || taken < feed.pipe_bytes_ / 2) return;
  feed.full_turns_ = 0;
  const std::uint64_t wanted = std::min(feed.pipe_bytes_ * 4, limits_.max_pipe_bytes);
  if (wanted <= feed.pipe_bytes_) return;
  std::uint64_t& pages = grown_pages_[feed.uid_];
  const std::uint64_t held = feed.has_grown_pipe_ ? feed.pipe_bytes_ / kPageBytes : 0;
  if (pages - held + wanted / kPageBytes > limits_.grown_pipe_pages_per_uid) return;
  const int got = fcntl(feed.pipe_, F_SETPIPE_SZ, static_cast<int>(wanted));
  if (got <= 0) return;
  feed.pipe_bytes_ = static_cast<std::uint64_t>(got);
  feed.has_grown_pipe_ = true;
  pages = pages - held + feed.pipe_bytes_ / kPageBytes;
}

void CaptureLoop::shrink_pipe(Feed& feed) {
  constexpr int kDefaultPipeBytes = 64 << 10;
  if (!feed.has_grown_pipe_) return;
  const std::uint64_t held = feed.pipe_bytes_ / kPageBytes;
  const int got = fcntl(feed.pipe_, F_SETPIPE_SZ, kDefaultPipeBytes);
  if (got > 0)
    feed.pipe_bytes_ = static_cast<std::uint64_t>(got);  // else it holds too much: next time
  else if (feed.place_ != Feed::Place::none)
    return;
  grown_pages_[feed.uid_] -= held;
  feed.has_grown_pipe_ = false;
}

// A stream takes up to twice this at once. Over the limit, which only a disk that takes nothing can
// bring about, all take little.
std::uint64_t CaptureLoop::reset_above(const Feed& feed) const {
  const std::uint64_t eighth = limits_.max_escrow_bytes / 8;
  if (held_bytes_ > limits_.max_escrow_bytes) return kPageBytes;
  if (feed.place_ == Feed::Place::busy)
    return std::clamp<std::uint64_t>(eighth / busy_.size(), 16 << 10, kBatchBytes / 2);
  return std::clamp<std::uint64_t>(eighth / feeds_.size(), kPageBytes, 64 << 10);
}

void CaptureLoop::count_held(Feed& feed) {
  held_bytes_ -= feed.held_bytes_;
  feed.held_bytes_ = feed.source_.held_bytes();
  held_bytes_ += feed.held_bytes_;
}

// Who has more than its share shrinks in its own turn. So at any time those above their share are
// within the one half of the limit, and those below it within the other.
void CaptureLoop::keep_within_limit(Feed& feed) {
  const std::uint64_t half = limits_.max_escrow_bytes / 2;
  if (held_bytes_ <= half) {
    has_told_limit_ = has_told_limit_ && held_bytes_ > half / 2;
    return;
  }
  const std::uint64_t share =
      std::max(half / feeds_.size() / kPageBytes, std::uint64_t{2}) * kPageBytes;
  if (feed.held_bytes_ <= share) return;
  if (feed.source_.shrink(share) && !std::exchange(has_told_limit_, true))
    log_warn(
        fmt::format("{}: max_escrow is reached: an unfinished line of more than {} bytes is "
                    "stored in pieces",
                    feed.log_.name.directory(), share / 2));
  count_held(feed);
}

// Once a stream has been quiet for a while its memory goes back to the system.
void CaptureLoop::tidy_quiet() {
  const MonoTime now = loop_.now();
  const std::vector<Feed*> feeds = std::exchange(quiet_watch_, {});
  for (Feed* feed : feeds) {
    if (feed->place_ == Feed::Place::quiet && now - feed->last_data_ >= kQuietTime / 2) {
      feed->source_.give_back_memory();
      count_held(*feed);
      shrink_pipe(*feed);
      feed->is_watched_for_quiet_ = false;
    } else {
      quiet_watch_.push_back(feed);
    }
  }
  if (!quiet_watch_.empty()) quiet_timer_.arm(now + kQuietTime);
}

// ---- unfinished lines

void CaptureLoop::watch_unfinished(Feed& feed, MonoTime since) {
  if (feed.is_unfinished_ || !feed.source_.has_unfinished_line()) return;
  feed.is_unfinished_ = true;
  unfinished_.push_back(&feed);
  unfinished_timer_.arm_no_later(since + feed.log_.config->partial_timeout);
}

void CaptureLoop::store_idle_parts() {
  const MonoTime now = loop_.now();
  const std::vector<Feed*> feeds = std::exchange(unfinished_, {});
  for (Feed* feed : feeds) {
    feed->is_unfinished_ = false;
    if (feed->place_ != Feed::Place::quiet || feed->log_.is_dropping || feed->source_.can_tell())
      watch_unfinished(*feed, now);
    else if (now - feed->last_data_ < feed->log_.config->partial_timeout)
      watch_unfinished(*feed, feed->last_data_);
    else if (feed->source_.store_idle_part())
      took_records(feed->log_);
  }
}

}  // namespace logd
