// SPDX-License-Identifier: Apache-2.0
#include "sinks/send_gate.h"

#include <algorithm>

namespace logd {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kFirst = 500ms;
constexpr auto kProbeInterval = 60s;
constexpr unsigned kMostDoublings = 20;

}  // namespace

std::size_t SendGate::allowed(MonoTime now) const {
  if (state_ == State::open) return std::min(ramp_, limits_.in_flight);
  return now >= opens_at_ ? 1 : 0;
}

std::optional<MonoTime> SendGate::opens_at() const {
  if (state_ == State::open) return std::nullopt;
  return opens_at_;
}

void SendGate::on_success() {
  ramp_ = state_ == State::open ? std::min(ramp_ * 2, limits_.in_flight) : 1;
  state_ = State::open;
  failures_ = 0;
}

void SendGate::on_failure(MonoTime now, std::optional<std::chrono::seconds> at_least) {
  // Others that were under way with the one that failed first say nothing new.
  const bool is_known = state_ != State::open && now < opens_at_;
  if (!is_known) {
    const auto longest = std::min(kFirst * (1 << std::min(failures_, kMostDoublings)),
                                  std::max(limits_.longest, std::chrono::milliseconds(1)));
    std::uniform_int_distribution<std::int64_t> within(0, longest.count());
    opens_at_ = now + std::chrono::milliseconds(within(random_));
    ++failures_;
  }
  if (at_least) opens_at_ = std::max<MonoTime>(opens_at_, now + *at_least);
  state_ = State::backoff;
  ramp_ = 1;
}

void SendGate::hold(MonoTime now) {
  if (state_ == State::hold && now < opens_at_) return;
  state_ = State::hold;
  opens_at_ = now + kProbeInterval;
  ++failures_;
  ramp_ = 1;
}

void SendGate::try_now() { opens_at_ = {}; }

}  // namespace logd
