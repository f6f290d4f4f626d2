// SPDX-License-Identifier: Apache-2.0
#include "loop/event_loop.h"

#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace logd {
namespace {

constexpr int kEventsPerTurn = 128;

timespec to_timespec(Nanoseconds delay) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(delay);
  return {.tv_sec = static_cast<time_t>(seconds.count()),
          .tv_nsec = static_cast<long>((delay - seconds).count())};
}

}  // namespace

Watch::Watch(EventLoop& loop, int fd, Callback on_event)
    : loop_(loop), fd_(fd), id_(loop.next_id_++), on_event_(std::move(on_event)) {}

Watch::Watch(EventLoop& loop, int fd, std::uint32_t events, Callback on_event)
    : Watch(loop, fd, std::move(on_event)) {
  LOGD_ASSERT(enter(events));
}

Result<std::unique_ptr<Watch>> Watch::create(EventLoop& loop, int fd, std::uint32_t events,
                                             Callback on_event) {
  std::unique_ptr<Watch> watch(new Watch(loop, fd, std::move(on_event)));
  if (watch->enter(events)) return watch;
  const bool is_limit = errno == ENOSPC || errno == ENOMEM;
  return fail(Error{is_limit ? ErrorCode::limit : ErrorCode::invalid, errno, "watch a descriptor"});
}

bool Watch::enter(std::uint32_t events) {
  epoll_event event{.events = events, .data = {.u64 = id_}};
  if (epoll_ctl(loop_.epoll_.get(), EPOLL_CTL_ADD, fd_, &event) != 0) return false;
  loop_.watches_.emplace(id_, this);
  return true;
}

Watch::~Watch() {
  // One that never entered must not take out another one of the same descriptor.
  if (loop_.watches_.erase(id_) > 0) epoll_ctl(loop_.epoll_.get(), EPOLL_CTL_DEL, fd_, nullptr);
}

void Watch::change(std::uint32_t events) {
  epoll_event event{.events = events, .data = {.u64 = id_}};
  LOGD_ASSERT(epoll_ctl(loop_.epoll_.get(), EPOLL_CTL_MOD, fd_, &event) == 0);
}

void Timer::arm(MonoTime when) {
  cancel();
  armed_ = loop_.timers_.emplace(when, this);
}

void Timer::arm_after(Nanoseconds delay) { arm(loop_.clock_.mono_now() + delay); }

void Timer::arm_no_later(MonoTime when) {
  if (!armed_ || (*armed_)->first > when) arm(when);
}

void Timer::cancel() {
  if (!armed_) return;
  loop_.timers_.erase(*armed_);
  armed_.reset();
}

Result<std::unique_ptr<EventLoop>> EventLoop::create(const Clock& clock) {
  UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return fail(system_error(errno, "epoll_create1"));
  // The kernel's default slack of 50 us is as long as the shortest waits that the capture loop asks
  // for.
  prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
  return std::unique_ptr<EventLoop>(new EventLoop(clock, std::move(epoll)));
}

void EventLoop::run() {
  is_stopping_ = false;
  now_ = clock_.mono_now();
  while (!is_stopping_) turn();
}

void EventLoop::turn() {
  std::optional<MonoTime> due;
  if (ticker_ != nullptr) due = ticker_->tick(now_);
  if (is_stopping_) return;
  if (!timers_.empty()) due = due ? std::min(*due, timers_.begin()->first) : timers_.begin()->first;

  timespec timeout{};
  if (due) timeout = to_timespec(std::max(Nanoseconds(0), *due - clock_.mono_now()));
  std::array<epoll_event, kEventsPerTurn> events;
  const int count =
      epoll_pwait2(epoll_.get(), events.data(), kEventsPerTurn, due ? &timeout : nullptr, nullptr);
  LOGD_ASSERT(count >= 0 || errno == EINTR);
  now_ = clock_.mono_now();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    const auto watch = watches_.find(event.data.u64);
    if (watch != watches_.end()) watch->second->on_event_(event.events);
  }
  fire_timers();
}

void EventLoop::fire_timers() {
  while (!timers_.empty() && timers_.begin()->first <= now_) {
    Timer* timer = timers_.begin()->second;
    timer->cancel();
    timer->on_time_();
  }
}

}  // namespace logd
