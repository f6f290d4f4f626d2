// Decides when each stream takes its turn, so that batches are large, waits are short and idleness
// costs nothing.
//
// A quiet stream waits in an epoll set of its own. That set's gate closes for a moment after each
// round when many small batches come, so that the next round finds more lines in each. A busy
// stream leaves epoll and is looked at again after the time in which its pipe fills by half; so
// does a quiet one that the system refuses to watch, every 20 ms. A stream whose disk is full waits
// for a retry, or drops its lines between retries.
//
// All escrows together stay within max_escrow: each begins anew early enough, and while more than
// half of max_escrow is in use, a stream that has more than its equal share of that half after its
// turn stores an unfinished line in pieces, and gives memory back.
//
// How long a writer waited for us is counted where we know it: while a stream is held (its disk
// does not take it, its log is flushed) and its pipe is full, and from one turn of a busy stream to
// the next that finds its pipe full. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "capture/log_table.h"
#include "capture/posix_escrow.h"
#include "capture/source.h"
#include "loop/event_loop.h"

namespace logd {

class Feed;

// Who must know what becomes of a stream.
class FeedListener {
 public:
  virtual ~FeedListener() = default;
  virtual void feed_is_idle(Feed& feed) = 0;    // its pipe was empty just now; only if asked for
  virtual void feed_has_ended(Feed& feed) = 0;  // all of it is stored
  virtual void feed_is_broken(Feed& feed) = 0;  // its descriptors cannot be used any more
  virtual void feed_is_taken_over(Feed& feed) = 0;  // another feed goes on with its slot
};

// One stream in the loop: its source, and when it is due.
class Feed {
 public:
  Feed(std::unique_ptr<PosixEscrow> escrow, OpenLog& log, const Masker& masker, BatchMemory& memory,
       Source::Settings settings, std::uint32_t uid, FeedListener& listener);

  Source& source() { return source_; }
  FeedListener& listener() { return listener_; }
  int pipe() const { return pipe_; }
  OpenLog& log() { return log_; }
  std::uint32_t uid() const { return uid_; }

 private:
  friend class CaptureLoop;
  enum class Place { none, quiet, busy, stalled };

  OpenLog& log_;
  FeedListener& listener_;
  const Masker& masker_;
  int pipe_;
  std::uint32_t uid_;
  Source source_;
  Place place_ = Place::none;
  std::uint64_t pipe_bytes_ = 0;  // capacity
  std::uint64_t held_bytes_ = 0;  // of the escrow, as counted in the loop's sum
  bool has_grown_pipe_ = false;
  bool is_watched_for_quiet_ = false;  // in quiet_watch_
  bool is_unfinished_ = false;         // in unfinished_
  bool wants_idle_call_ = false;
  bool waits_for_start_ = false;
  int fast_turns_ = 0;
  int empty_turns_ = 0;
  int full_turns_ = 0;
  MonoTime last_data_{};
  MonoTime due_{};  // if busy
  MonoTime last_turn_{};
  std::optional<MonoTime> held_since_;  // nothing is taken from its pipe since
};

struct CaptureLimits {
  std::uint64_t max_escrow_bytes = 64 << 20;
  std::uint64_t max_pipe_bytes = 1 << 20;
  // Pages of pipes that may be grown for one uid: a quarter of the kernel's soft limit, beyond
  // which every new pipe of that user has 8 KiB.
  std::uint64_t grown_pipe_pages_per_uid = 4096;
};

class CaptureLoop final : public Ticker {
 public:
  // Errors: io.
  static Result<std::unique_ptr<CaptureLoop>> create(EventLoop& loop, LogTable& logs,
                                                     CaptureLimits limits);
  ~CaptureLoop() override;

  // Begins to drain. `feed` must be removed before it is destroyed.
  void add(Feed& feed);
  void remove(Feed& feed);

  // As add(), before the start event of its run could be stored: drops while its log is dropping
  // and stores nothing, until may_store().
  void add_before_start(Feed& feed);
  void may_store(Feed& feed);

  // Looks at the feed soon, and calls feed_is_idle() once its pipe is empty.
  void ask_for_idle(Feed& feed);

  // No stream of this log takes a turn until resume().
  void pause(OpenLog& log);
  void resume(OpenLog& log);

  // Deletes something on a full disk, and calls back when it has gone; false if there is nothing.
  using RoomMaker = std::function<bool(std::function<void()> on_room)>;
  void set_room_maker(RoomMaker make_room) { make_room_ = std::move(make_room); }
  // The disk is full: deletes a segment if this process's policy allows it. True if one is going.
  bool ask_for_room(const ProcessConfig& config);
  // Something was stored in `log`: whatever its trouble was is over, and a sync is due.
  void took_records(OpenLog& log);

  // `log` could not store something because of `error`. True if the reason is gone already (its
  // directory had been deleted and is made anew): try again at once. Else it is in trouble until
  // took_records(). Deletes something, or makes the log drop lines, if on_disk_full says so.
  bool mends(OpenLog& log, const Error& error);

  std::optional<MonoTime> tick(MonoTime now) override;

  // True in the first seconds, in which the shims of a predecessor find us.
  bool may_shims_come_back() const;

  // Memory of all escrows, and its limit; whether long lines are stored in pieces to stay below it.
  std::uint64_t escrow_bytes() const { return held_bytes_; }
  std::uint64_t max_escrow_bytes() const { return limits_.max_escrow_bytes; }
  bool is_short_of_escrow() const { return has_told_limit_; }
  // When a log last took records again.
  std::optional<MonoTime> last_recovery() const { return last_recovery_; }

  BatchMemory& memory() { return memory_; }
  std::uint64_t turns() const { return turns_; }

 private:
  CaptureLoop(EventLoop& loop, LogTable& logs, CaptureLimits limits, UniqueFd quiet_set);

  void open_gate();
  void turn(Feed& feed, MonoTime now);
  void place_after_data(Feed& feed, std::uint64_t taken, MonoTime now);
  void place_after_nothing(Feed& feed, MonoTime now);
  void set_place(Feed& feed, Feed::Place place);
  bool watch_quiet(Feed& feed);
  std::uint64_t reset_above(const Feed& feed) const;
  void count_held(Feed& feed);
  void keep_within_limit(Feed& feed);
  void count_dropped(Feed& feed, const SourceCounters& before);
  void count_held_wait(Feed& feed);
  void count_busy_wait(Feed& feed, std::uint64_t taken, MonoTime now);
  void look_again_at_untold(Feed& feed);
  void tell_untold();
  void stall(Feed& feed);
  void retry_stalled();
  void grow_pipe(Feed& feed, std::uint64_t taken);
  void shrink_pipe(Feed& feed);
  void watch_unfinished(Feed& feed, MonoTime since);
  void store_idle_parts();
  void tidy_quiet();
  Nanoseconds gate_delay(MonoTime now);

  EventLoop& loop_;
  LogTable& logs_;
  CaptureLimits limits_;
  MonoTime begin_;
  UniqueFd quiet_set_;  // epoll
  BatchMemory memory_;
  std::vector<Feed*> feeds_;
  std::vector<Feed*> busy_;
  std::vector<Feed*> stalled_;
  std::vector<Feed*> unfinished_;
  std::vector<Feed*> quiet_watch_;                      // hold a grown pipe or escrow memory
  std::map<std::uint32_t, std::uint64_t> grown_pages_;  // by uid
  std::uint64_t held_bytes_ = 0;                        // of all escrows
  bool has_told_limit_ = false;
  std::uint64_t turns_ = 0;
  std::uint64_t small_lines_ = 0;  // in this window
  double small_lines_per_s_ = 0;
  MonoTime window_begin_{};
  Nanoseconds retry_delay_{};
  RoomMaker make_room_;
  bool is_making_room_ = false;
  std::optional<MonoTime> last_recovery_;
  bool has_told_unwatched_ = false;
  std::unique_ptr<Watch> gate_;
  Timer gate_timer_;
  Timer retry_timer_;
  Timer tell_timer_;
  Timer unfinished_timer_;
  Timer quiet_timer_;
};

}  // namespace logd
