// SPDX-License-Identifier: Apache-2.0
#include "alert/alert_window.h"

namespace logd {

AlertWindow::Verdict AlertWindow::add(WallTime time, MonoTime now, const Limits& limits) {
  if (quiet_until_ && now < *quiet_until_) {
    ++suppressed_;
    return Verdict::suppressed;
  }
  quiet_until_.reset();
  times_.push_back(time);
  while (times_.size() > limits.count) times_.pop_front();
  if (times_.size() < limits.count || times_.back() - times_.front() > limits.within)
    return Verdict::counted;
  times_.clear();
  quiet_until_ = now + limits.cooldown;
  return Verdict::fires;
}

bool AlertWindow::is_idle(WallTime time, MonoTime now, Nanoseconds within) const {
  return (!quiet_until_ || now >= *quiet_until_) && suppressed_ == 0 &&
         (times_.empty() || time - times_.back() > within);
}

}  // namespace logd
