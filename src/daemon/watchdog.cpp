// SPDX-License-Identifier: Apache-2.0
#include "daemon/watchdog.h"

#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "daemon/supervisor.h"

namespace logd {
namespace {

// Of a variable that holds a whole number above 0 and nothing else.
std::optional<std::int64_t> number_in(const char* variable) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  const std::string_view digits = text;
  const char* const end = digits.data() + digits.size();
  std::int64_t number = 0;
  const auto [to, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc() || to != end || number <= 0) return std::nullopt;
  return number;
}

// WatchdogSec as sd_watchdog_enabled(3) finds it. Nothing if it is not for this process: a parent's
// variables are inherited.
std::optional<Nanoseconds> watchdog_time() {
  if (std::getenv("WATCHDOG_PID") != nullptr && number_in("WATCHDOG_PID") != getpid())
    return std::nullopt;
  const std::optional<std::int64_t> usec = number_in("WATCHDOG_USEC");
  // In nanoseconds it must not overflow.
  constexpr auto kMax = std::chrono::duration_cast<std::chrono::microseconds>(Nanoseconds::max());
  if (!usec || *usec > kMax.count()) return std::nullopt;
  return std::chrono::microseconds(*usec);
}

}  // namespace

Watchdog::Watchdog(EventLoop& loop) : timer_(loop, [this] { tell(); }) {
  const std::optional<Nanoseconds> time = watchdog_time();
  if (!time) return;
  interval_ = *time / 2;
  timer_.arm_after(interval_);
}

void Watchdog::tell() {
  tell_supervisor("WATCHDOG=1");
  timer_.arm_after(interval_);
}

}  // namespace logd
