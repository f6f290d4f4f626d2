// SPDX-License-Identifier: Apache-2.0
#include "capture/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/diagnostics.h"
#include "logd/record.h"

namespace logd {

Run::Run(CaptureLoop& loop, LogTable& logs, OpenLog& log, RunParts parts, Callbacks callbacks)
    : loop_(loop),
      logs_(logs),
      log_(log),
      parts_(std::move(parts)),
      callbacks_(std::move(callbacks)) {
  ++log_.runs;
}

Result<std::unique_ptr<Run>> Run::create(CaptureLoop& loop, LogTable& logs, OpenLog& log,
                                         const Masker& masker, RunParts parts,
                                         Callbacks callbacks) {
  std::unique_ptr<Run> run(new Run(loop, logs, log, std::move(parts), std::move(callbacks)));
  LOGD_TRY(run->claim(masker));
  return run;
}

Run::~Run() {
  for (const auto& feed : feeds_) {
    loop_.remove(*feed);
    std::erase(log_.feeds, feed.get());
  }
  --log_.runs;
  share_streams();
  logs_.release(log_);
}

Result<void> Run::claim(const Masker& masker) {
  for (StreamParts& stream : parts_.streams) LOGD_TRY(add_feed(stream, masker));
  was_idle_after_exit_.resize(feeds_.size());
  is_broken_.resize(feeds_.size());
  is_taken_over_.resize(feeds_.size());
  share_streams();
  return {};
}

Result<void> Run::add_feed(StreamParts& stream, const Masker& masker) {
  Ledger& ledger = log_.log->ledger();
  auto slot = ledger.find_slot(stream.id);
  const auto is_attached = [&](std::uint32_t index) {
    return std::any_of(log_.feeds.begin(), log_.feeds.end(),
                       [&](Feed* feed) { return feed->source().settings().slot == index; });
  };
  if (slot && is_attached(*slot))
    return fail(ErrorCode::invalid, "a stream of this id is attached already");
  Feed* before = slot ? nullptr : predecessor_of(stream);
  const bool is_fresh = before != nullptr && lseek(stream.escrow.get(), 0, SEEK_CUR) == 0 &&
                        stream.escrow_bytes >= before->source().position();
  if (before != nullptr && is_fresh)
    slot = before->source().settings().slot;
  else if (before != nullptr)
    end_early(*before);
  const Unattached unattached = loop_.may_shims_come_back() ? Unattached::taken : Unattached::free;
  if (!slot) slot = ledger.claim_slot(stream.id, parts_.run_id, is_attached, unattached);
  if (!slot)
    return fail(
        ErrorCode::limit,
        fmt::format("{} streams write into '{}' already{}", kLedgerSlots, log_.name.directory(),
                    unattached == Unattached::taken ? ", or may come back" : ""));

  Source::Settings settings;
  settings.stream = stream.stream;
  settings.slot = *slot;
  settings.rate = log_.rate.get();
  settings.max_line_bytes =
      std::min<std::uint64_t>(log_.config->max_line_bytes, stream.escrow_bytes / 4);
  auto escrow = std::make_unique<PosixEscrow>(std::move(stream.pipe), std::move(stream.escrow),
                                              stream.escrow_bytes);
  auto feed = std::make_unique<Feed>(std::move(escrow), log_, masker, loop_.memory(), settings,
                                     parts_.uid, *this);
  if (is_fresh ? !take_over(*feed, *before, stream.id) : !feed->source().adopt())
    return fail(ErrorCode::invalid, "the position of the escrow is out of range");
  log_.feeds.push_back(feed.get());
  feeds_.push_back(std::move(feed));
  return {};
}

// The feed of a keeper that has died, on the FIFO that this run hands over now.
Feed* Run::predecessor_of(const StreamParts& stream) {
  if (!parts_.is_fifo) return nullptr;
  for (Feed* feed : log_.feeds)
    if (!feed->source().has_ended() && feed->uid() == parts_.uid &&
        is_same_pipe(feed->pipe(), stream.pipe.get()))
      return feed;
  return nullptr;
}

bool Run::take_over(Feed& feed, Feed& from, const StreamId& id) {
  if (!feed.source().take_over(from.source(), id, parts_.run_id)) return false;
  loop_.remove(from);
  std::erase(log_.feeds, &from);  // its slot is ours
  from.listener().feed_is_taken_over(from);
  return true;
}

// A keeper that dropped lines before it could hand over has an escrow of its own to go on with: the
// rest in the old one becomes a line.
void Run::end_early(Feed& feed) {
  feed.source().stop_taking();
  loop_.ask_for_idle(feed);
}

// While several sources write one stream of a log, nobody could tell whose piece follows: lines are
// kept whole.
void Run::share_streams() {
  for (const Stream stream : {Stream::out, Stream::err}) {
    std::vector<Feed*> feeds;
    for (Feed* feed : log_.feeds)
      if (feed->source().settings().stream == stream && !feed->source().has_ended())
        feeds.push_back(feed);
    // Nothing may be stored before a flush's event: begin() of the newcomer comes here again.
    if (log_.is_flushing && feeds.size() > 1) continue;
    for (Feed* feed : feeds) {
      Source& source = feed->source();
      if (feeds.size() > 1 && !source.is_shared_stream() && source.close_open_piece())
        loop_.took_records(log_);
      source.set_shared_stream(feeds.size() > 1);
    }
  }
}

const LedgerSlot& Run::lead() const { return feeds_.front()->source().slot(); }

// ---- the life of a run

void Run::started(std::int32_t pid) {
  parts_.pid = pid;
  begin();
}

void Run::exited(std::int32_t pid, std::int32_t code, std::int32_t signal) {
  exit_is_known_ = true;
  exit_pid_ = pid;
  exit_code_ = code;
  exit_signal_ = signal;
  begin();
  for (const auto& feed : feeds_)
    if (!feed->source().has_ended()) loop_.ask_for_idle(*feed);
  step();
}

void Run::shim_is_lost() {
  if (exit_is_known_ || is_finished_) return;
  is_lost_ = true;
  begin();
  step();
}

void Run::begin() {
  if (has_begun_) return;
  if (log_.is_flushing || !store_start_event() || !store_dropped_events()) {
    // A program must not wait for a disk whose lines are dropped.
    if (log_.is_dropping) add_feeds();
    want_retry();
    return;
  }
  share_streams();
  has_begun_ = true;
  add_feeds();
  for (const auto& feed : feeds_) {
    if (feed->source().has_ended()) continue;
    loop_.may_store(*feed);
    if (exit_is_known_) loop_.ask_for_idle(*feed);
  }
  step();
}

void Run::add_feeds() {
  if (std::exchange(is_added_, true)) return;
  for (const auto& feed : feeds_) {
    if (feed->source().has_ended()) continue;
    if (has_begun_)
      loop_.add(*feed);
    else
      loop_.add_before_start(*feed);
  }
}

// The exit event comes when all streams have ended; or, where a descendant of CMD keeps them open,
// when everything that CMD wrote before its exit is stored.
void Run::want_retry() {
  needs_retry_ = true;
  callbacks_.retry(*this);
}

void Run::step() {
  needs_retry_ = false;
  if (!has_begun_) {
    begin();
    return;
  }
  if (is_finished_) return;
  bool all_ended = true;
  bool all_drained = true;
  for (std::size_t i = 0; i < feeds_.size(); ++i) {
    const bool ended = feeds_[i]->source().has_ended() || is_broken_[i];
    all_ended = all_ended && ended;
    all_drained = all_drained && (ended || was_idle_after_exit_[i]);
  }
  const bool exit_is_due = all_ended ? exit_is_known_ || is_lost_ : exit_is_known_ && all_drained;
  if (exit_is_due && !store_exit_event()) {
    want_retry();
    return;
  }
  const bool has_exit = parts_.is_fifo || lead().has(kSlotExited);
  if (!all_ended || !has_exit) return;
  is_finished_ = true;
  callbacks_.stored(*this);
}

void Run::forget() {
  Ledger& ledger = log_.log->ledger();
  for (std::size_t i = 0; i < feeds_.size(); ++i)
    if (!is_taken_over_[i]) ledger.free_slot(feeds_[i]->source().settings().slot);
}

// ---- events

bool Run::append_event(std::uint32_t slot, const LedgerSlot& after, const std::string& text) {
  if (log_.is_flushing) return false;
  logs_.look_after(log_);
  auto stored = try_to_append(slot, after, text);
  if (!stored && loop_.mends(log_, stored.error())) stored = try_to_append(slot, after, text);
  if (!stored) return false;
  loop_.took_records(log_);
  return true;
}

Result<void> Run::try_to_append(std::uint32_t slot, const LedgerSlot& after,
                                const std::string& text) {
  LOGD_TRY(log_.log->prepare());
  AppendRequest request;
  request.first_time = log_.log->next_time();
  const std::string record = encode_event(request.first_time, text);
  request.bytes = record;
  request.records = 1;
  request.slot = slot;
  request.after = after;
  const Appended appended = log_.log->append(request);
  if (!appended.complete) return fail(appended.error);
  return {};
}

bool Run::store_start_event() {
  if (parts_.is_fifo || lead().has(kSlotStarted)) return true;
  LedgerSlot after = lead();
  after.flags |= kSlotStarted;
  after.run = log_.log->next_run();
  const std::string text = started_event(after.run, parts_.pid, parts_.uid, parts_.command);
  if (!append_event(feeds_.front()->source().settings().slot, after, text)) return false;
  ++log_.counters->runs;
  return true;
}

bool Run::store_exit_event() {
  if (parts_.is_fifo || lead().has(kSlotExited)) return true;
  for (std::size_t i = 0; i < feeds_.size(); ++i)
    if (is_broken_[i] && !log_.is_flushing && !feeds_[i]->source().tell_dropped()) return false;
  LedgerSlot after = lead();
  after.flags |= kSlotExited;
  return append_event(feeds_.front()->source().settings().slot, after, exit_text());
}

std::string Run::exit_text() {
  if (!exit_is_known_) return exit_unknown_event(lead().run);
  RunEnd end;
  end.run = lead().run;
  end.pid = exit_pid_;
  end.code = exit_code_;
  end.signal = exit_signal_;
  for (const auto& feed : feeds_) {
    if (!feed->source().lacked_newline()) continue;
    if (feed->source().settings().stream == Stream::out) end.out_lacks_newline = true;
    if (feed->source().settings().stream == Stream::err) end.err_lacks_newline = true;
  }
  return exited_event(end);
}

bool Run::drain(Source& source) {
  Source::Outcome outcome = source.drain_escrow();
  if (outcome == Source::Outcome::stalled && loop_.mends(log_, source.error()))
    outcome = source.drain_escrow();
  return outcome != Source::Outcome::stalled;
}

// What the shim dropped while no daemon was there lies between what the escrow holds and what the
// pipe holds.
bool Run::store_dropped_events() {
  for (std::size_t i = 0; i < feeds_.size(); ++i) {
    Source& source = feeds_[i]->source();
    const StreamParts& stream = parts_.streams[i];
    if (is_taken_over_[i] || stream.dropped_lines <= source.slot().dropped_lines) continue;
    if (!drain(source)) return false;
    LedgerSlot after = source.slot();
    const std::uint64_t lines = stream.dropped_lines - after.dropped_lines;
    const std::uint64_t bytes = stream.dropped_bytes - after.dropped_bytes;
    after.dropped_lines = stream.dropped_lines;
    after.dropped_bytes = stream.dropped_bytes;
    if (!append_event(source.settings().slot, after, dropped_event(stream.stream, lines, bytes)))
      return false;
    log_.counters->dropped_by_shim += lines;
    log_.counters->last_drop = logs_.loop().now();
  }
  return true;
}

// ---- streams

void Run::feed_is_idle(Feed& feed) {
  was_idle_after_exit_[index_of(feed)] = true;
  step();
}

void Run::feed_has_ended(Feed&) {
  share_streams();
  step();
}

void Run::feed_is_broken(Feed& feed) {
  log_error(fmt::format("{}: {} of pid {} (uid {}) is given up: its descriptors were tampered with",
                        log_.name.directory(), stream_name(feed.source().settings().stream),
                        parts_.pid, parts_.uid));
  is_broken_[index_of(feed)] = true;
  step();
}

void Run::feed_is_taken_over(Feed& feed) {
  is_taken_over_[index_of(feed)] = true;
  step();
}

std::size_t Run::index_of(const Feed& feed) const {
  const auto found = std::find_if(feeds_.begin(), feeds_.end(),
                                  [&](const auto& candidate) { return candidate.get() == &feed; });
  return static_cast<std::size_t>(found - feeds_.begin());
}

}  // namespace logd
