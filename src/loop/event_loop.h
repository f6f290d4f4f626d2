// Waits for descriptors and times, and calls who asked for them: one thread, no locks.
//
// Watches and timers are members of what they serve: they register when made and leave when
// destroyed, so that no stale event can reach a dead object. Callbacks run to the end and never
// block. Loop thread only, but stop() from a callback.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

#include "base/unique_fd.h"
#include "logd/clock.h"
#include "logd/result.h"

namespace logd {

class EventLoop;

// Calls `on_event` with the epoll events of `fd` as long as it lives. The owner closes `fd`
// afterwards.
class Watch {
 public:
  using Callback = std::function<void(std::uint32_t events)>;

  // For what others decide the number of: the system limits watches. Errors: limit, invalid.
  static Result<std::unique_ptr<Watch>> create(EventLoop& loop, int fd, std::uint32_t events,
                                               Callback on_event);

  // For the few of the start, without which there is no daemon: ends the process if it can't.
  Watch(EventLoop& loop, int fd, std::uint32_t events, Callback on_event);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void change(std::uint32_t events);  // also arms an EPOLLONESHOT again

 private:
  friend class EventLoop;
  Watch(EventLoop& loop, int fd, Callback on_event);
  bool enter(std::uint32_t events);

  EventLoop& loop_;
  int fd_;
  std::uint64_t id_;
  Callback on_event_;
};

// Calls `on_time` once, when armed.
class Timer {
 public:
  Timer(EventLoop& loop, std::function<void()> on_time)
      : loop_(loop), on_time_(std::move(on_time)) {}
  ~Timer() { cancel(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void arm(MonoTime when);
  void arm_after(Nanoseconds delay);
  void arm_no_later(MonoTime when);  // keeps an earlier time
  void cancel();
  bool is_armed() const { return armed_.has_value(); }

 private:
  friend class EventLoop;
  EventLoop& loop_;
  std::function<void()> on_time_;
  std::optional<std::multimap<MonoTime, Timer*>::iterator> armed_;
};

// Work that is due by itself, once a turn of the loop.
class Ticker {
 public:
  virtual ~Ticker() = default;
  // Does what is due; returns when there is more, nothing if only an event can bring more.
  virtual std::optional<MonoTime> tick(MonoTime now) = 0;
};

class EventLoop {
 public:
  // `clock` must outlive the loop. Errors: io.
  static Result<std::unique_ptr<EventLoop>> create(const Clock& clock);

  void set_ticker(Ticker* ticker) { ticker_ = ticker; }

  // Returns after stop().
  void run();
  void stop() { is_stopping_ = true; }

  // Time at the start of this turn of the loop.
  MonoTime now() const { return now_; }
  const Clock& clock() const { return clock_; }

 private:
  friend class Watch;
  friend class Timer;
  EventLoop(const Clock& clock, UniqueFd epoll) : clock_(clock), epoll_(std::move(epoll)) {}

  void turn();
  void fire_timers();

  const Clock& clock_;
  UniqueFd epoll_;
  Ticker* ticker_ = nullptr;
  bool is_stopping_ = false;
  MonoTime now_{};
  std::uint64_t next_id_ = 1;
  std::unordered_map<std::uint64_t, Watch*> watches_;
  std::multimap<MonoTime, Timer*> timers_;
};

}  // namespace logd
