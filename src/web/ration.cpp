// SPDX-License-Identifier: Apache-2.0
#include "web/ration.h"

#include <thread>

namespace logd::web {
namespace {

constexpr auto kTurn = std::chrono::milliseconds(4);
constexpr unsigned kCallsBetweenClocks = 64;

}  // namespace

void Ration::Share::begin() {
  std::unique_lock lock(ration_.mutex_);
  const std::uint64_t ticket = ration_.next_ticket_++;
  ration_.passed_on_.wait(lock, [&] { return ration_.serving_ == ticket; });
  has_turn_ = true;
  began_ = std::chrono::steady_clock::now();
}

void Ration::Share::end() {
  if (!has_turn_) return;
  has_turn_ = false;
  {
    const std::lock_guard lock(ration_.mutex_);
    ++ration_.serving_;
  }
  ration_.passed_on_.notify_all();
}

// Who has computed for a turn sleeps for as long with it, so that nobody else computes either.
void Ration::Share::check() {
  if (!has_turn_ || ++calls_ % kCallsBetweenClocks != 0) return;
  if (std::chrono::steady_clock::now() - began_ < kTurn) return;
  std::this_thread::sleep_for(kTurn);
  end();
  begin();
}

}  // namespace logd::web
