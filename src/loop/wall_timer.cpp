// SPDX-License-Identifier: Apache-2.0
#include "loop/wall_timer.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <tuple>
#include <utility>

namespace logd {

Result<std::unique_ptr<WallTimer>> WallTimer::create(EventLoop& loop,
                                                     std::function<void()> on_time) {
  UniqueFd fd(timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!fd) return fail(system_error(errno, "timerfd_create"));
  return std::unique_ptr<WallTimer>(new WallTimer(loop, std::move(fd), std::move(on_time)));
}

WallTimer::WallTimer(EventLoop& loop, UniqueFd fd, std::function<void()> on_time)
    : fd_(std::move(fd)), on_time_(std::move(on_time)) {
  watch_ = std::make_unique<Watch>(loop, fd_.get(), EPOLLIN, [this](std::uint32_t) { expire(); });
}

void WallTimer::arm(WallTime when) {
  if (armed_ == when) return;
  armed_ = when;
  const auto since_1970 = when.time_since_epoch();
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(since_1970);
  itimerspec setting{};
  setting.it_value.tv_sec = static_cast<time_t>(whole.count());
  setting.it_value.tv_nsec = static_cast<long>((since_1970 - whole).count());
  if (setting.it_value.tv_sec <= 0) setting.it_value = {0, 1};  // long past; zero would disarm
  constexpr int kFlags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
  if (timerfd_settime(fd_.get(), kFlags, &setting, nullptr) == 0 || errno != ECANCELED) return;
  // The clock was set since the last time: whoever chose `when` did not know, and must look again.
  setting.it_value = {0, 1};
  timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME, &setting, nullptr);
}

void WallTimer::cancel() {
  if (!armed_) return;
  armed_.reset();
  const itimerspec never{};
  timerfd_settime(fd_.get(), 0, &never, nullptr);
}

void WallTimer::expire() {
  std::uint64_t count = 0;
  // ECANCELED: the clock was set.
  if (read(fd_.get(), &count, sizeof count) < 0 && errno != ECANCELED) return;
  armed_.reset();
  on_time_();
}

}  // namespace logd
