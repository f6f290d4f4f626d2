// SPDX-License-Identifier: Apache-2.0
#include "sinks/settling.h"

namespace logd {
namespace {

// What is acknowledged within this time settles together.
constexpr auto kGrain = std::chrono::milliseconds(500);

}  // namespace

void Settling::add(MonoTime now, const LogCursor& acked) {
  if (acked_.empty() || now - acked_.back().first > kGrain)
    acked_.push_back({now, now, acked});
  else
    acked_.back() = {acked_.back().first, now, acked};
}

std::optional<LogCursor> Settling::take_settled(MonoTime now, std::chrono::milliseconds settle) {
  std::optional<LogCursor> settled;
  while (!acked_.empty() && now - acked_.front().last >= settle) {
    settled = acked_.front().cursor;
    acked_.pop_front();
  }
  return settled;
}

std::optional<MonoTime> Settling::due(std::chrono::milliseconds settle) const {
  if (acked_.empty()) return std::nullopt;
  return acked_.front().last + settle;
}

}  // namespace logd
