// Decides how many requests a destination may have under way: it backs off as a whole, and comes
// back slowly.
//
// After a failure nothing goes until a random moment of a time that doubles ("full jitter"), then
// one request to try it; after a success two, four, ... at a time. Pure. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <random>

#include "logd/units.h"

namespace logd {

class SendGate {
 public:
  struct Limits {
    std::size_t in_flight = 4;
    std::chrono::milliseconds longest{60'000};  // between two attempts
  };
  enum class State : std::uint8_t { open, backoff, hold };

  SendGate(const Limits& limits, std::uint64_t seed) : limits_(limits), random_(seed) {}

  State state() const { return state_; }

  // Requests that may be under way now, those that are included.
  std::size_t allowed(MonoTime now) const;
  // When more may go; nothing if it is open.
  std::optional<MonoTime> opens_at() const;

  void on_success();
  // The destination cannot now. `at_least`: it has said when to come back.
  void on_failure(MonoTime now, std::optional<std::chrono::seconds> at_least);
  // Somebody must change something first.
  void hold(MonoTime now);
  // Tries at once: something was changed.
  void try_now();

  unsigned failures() const { return failures_; }  // one after another

 private:
  Limits limits_;
  std::mt19937_64 random_;
  State state_ = State::open;
  MonoTime opens_at_{};
  unsigned failures_ = 0;
  std::size_t ramp_ = 1;
};

}  // namespace logd
