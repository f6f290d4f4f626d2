// SPDX-License-Identifier: Apache-2.0
#include "store/retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <queue>
#include <tuple>

#include "base/duration_text.h"
#include "base/size_text.h"

namespace logd {
namespace {

using std::chrono::milliseconds;

// What is left of a log while its oldest segments go.
struct Left {
  std::uint64_t segments;
  std::uint64_t bytes;  // with the active one
};

// Without the parts below seconds, and those below minutes once there are hours: "30d1h".
std::string age_text(milliseconds age) {
  if (age < std::chrono::hours(1))
    return duration_text(std::chrono::floor<std::chrono::seconds>(age));
  return duration_text(std::chrono::floor<std::chrono::minutes>(age));
}

// Nothing if the segment may stay.
std::optional<PrunedSegment> judge(const ClosedSegment& segment, const RetentionPolicy& policy,
                                   const Left& left, WallTime now) {
  const auto go = [&](PruneReason reason, std::string text) {
    return PrunedSegment{segment.number, segment.bytes, reason, std::move(text)};
  };
  const bool is_held = policy.held_from && segment.number >= *policy.held_from;
  if (!is_held && policy.retain && left.segments > *policy.retain) {
    return go(PruneReason::retain,
              fmt::format("retain = {}, and there were {}", *policy.retain, left.segments));
  }
  if (policy.max_total_size_bytes && left.bytes > *policy.max_total_size_bytes) {
    return go(PruneReason::max_total_size,
              fmt::format("max_total_size = {}, and there were {}",
                          size_text(*policy.max_total_size_bytes), short_size_text(left.bytes)));
  }
  if (!is_held && policy.max_age && segment.closed_at <= now &&
      now - segment.closed_at > *policy.max_age) {
    const auto age = std::chrono::floor<milliseconds>(now - segment.closed_at);
    return go(PruneReason::max_age, fmt::format("max_age = {}, and it was {} old",
                                                duration_text(*policy.max_age), age_text(age)));
  }
  return std::nullopt;
}

}  // namespace

std::string_view word_of(PruneReason reason) {
  constexpr std::array<std::string_view, 6> kWords = {"retain",   "max_total_size", "max_age",
                                                      "max_disk", "min_free",       "disk_full"};
  return kWords[static_cast<std::size_t>(reason)];
}

RetentionPolicy retention_policy(const ProcessConfig& config) {
  return {config.retain, config.max_total_size_bytes, config.max_age};
}

std::vector<PrunedSegment> expired(const SegmentIndex& closed, const RetentionPolicy& policy,
                                   const ActiveSegment& active, WallTime now) {
  std::vector<PrunedSegment> gone;
  Left left{closed.size(), closed.total_bytes() + active.bytes};
  for (const ClosedSegment& segment : closed) {
    if (segment.number >= active.number) break;
    auto pruned = judge(segment, policy, left, now);
    if (!pruned) break;
    --left.segments;
    left.bytes -= segment.bytes;
    gone.push_back(std::move(*pruned));
  }
  return gone;
}

std::vector<PruneChoice> oldest_closed(std::span<const PrunableLog> logs,
                                       std::uint64_t bytes_to_free) {
  struct Next {
    std::size_t log;
    SegmentIndex::Iterator segment;
  };
  const auto is_left = [&](const Next& next) {
    const PrunableLog& log = logs[next.log];
    return next.segment != log.closed->end() && next.segment->number < log.active_number;
  };
  const auto pass_over = [&](Next& next) {
    const PrunableLog& log = logs[next.log];
    while (log.is_stuck && is_left(next) && log.is_stuck(next.segment->number)) ++next.segment;
  };
  const auto is_later = [&](const Next& a, const Next& b) {
    return std::tie(a.segment->closed_at, logs[a.log].name, a.segment->number) >
           std::tie(b.segment->closed_at, logs[b.log].name, b.segment->number);
  };
  std::priority_queue<Next, std::vector<Next>, decltype(is_later)> oldest(is_later);
  for (std::size_t log = 0; log < logs.size(); ++log) {
    Next first{log, logs[log].closed->begin()};
    pass_over(first);
    if (logs[log].is_touchable && is_left(first)) oldest.push(first);
  }
  std::vector<PruneChoice> chosen;
  std::uint64_t freed = 0;
  while (freed < bytes_to_free && !oldest.empty()) {
    Next next = oldest.top();
    oldest.pop();
    chosen.push_back({next.log, next.segment->number, next.segment->bytes});
    freed += next.segment->bytes;
    ++next.segment;
    pass_over(next);
    if (is_left(next)) oldest.push(next);
  }
  return chosen;
}

}  // namespace logd
