// Decides which closed segments must go, and why. Deletes nothing.
//
// What goes of a log is always its oldest, by number: a newer segment never goes before an older
// one, so what stays has no holes, whatever a clock says. The active segment never goes, though its
// bytes count. Which clock the age is counted by is age_clock.h's business. None of this takes
// longer because there are many segments that stay. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "logd/config.h"
#include "logd/units.h"
#include "store/segment_index.h"

namespace logd {

enum class PruneReason : std::uint8_t {
  retain,
  max_total_size,
  max_age,
  max_disk,
  min_free,
  disk_full,  // on_disk_full
};
inline constexpr std::size_t kPruneReasons = 6;

// As logd's log, the audit events and the metrics spell it: "max_total_size".
std::string_view word_of(PruneReason reason);

struct RetentionPolicy {
  std::optional<std::uint64_t> retain;  // closed segments; nothing: all
  std::optional<std::uint64_t> max_total_size_bytes;
  std::optional<std::chrono::milliseconds> max_age;
  // Segments from this number on are still wanted: `retain` and `max_age` leave them.
  std::optional<std::uint64_t> held_from = std::nullopt;
};
RetentionPolicy retention_policy(const ProcessConfig& config);

struct ActiveSegment {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;
};

struct PrunedSegment {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;
  PruneReason reason = PruneReason::retain;
  std::string text;  // for people: "retain = 10, and there were 11"
};

// What must go of one log so that the rest is within its policy, oldest first:
//
// - `retain` counts closed segments.
// - `max_total_size` is the sizes of all its files, the active segment's included.
// - `max_age` is counted from closed_at to `now`. A segment from the future is young, and so are
//   the ones behind it.
//
// Each segment is told the first of these that it breaks. A segment with a number of the active one
// or above never goes.
std::vector<PrunedSegment> expired(const SegmentIndex& closed, const RetentionPolicy& policy,
                                   const ActiveSegment& active, WallTime now);

// One log of all. The name and the index must outlive the call.
struct PrunableLog {
  std::string_view name;
  const SegmentIndex* closed = nullptr;
  std::uint64_t active_number = 0;
  bool is_touchable = true;  // not while something else deletes in it, or could not
  std::function<bool(std::uint64_t)> is_stuck = nullptr;  // a segment is to be passed over
};

struct PruneChoice {
  std::size_t log = 0;  // its place among the logs
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;
};

// The oldest closed segments over all logs, by closing time, then name, until `bytes_to_free` are
// together or there are none left; of each log its oldest first.
std::vector<PruneChoice> oldest_closed(std::span<const PrunableLog> logs,
                                       std::uint64_t bytes_to_free);

}  // namespace logd
