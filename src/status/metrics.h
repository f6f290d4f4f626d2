// Holds what /metrics shows, as the loop knows it at one moment.
//
// Counts are since logd started. How it is spelled is web/metrics_text.h's business. Plain structs.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "logd/units.h"
#include "ship/ship_status.h"
#include "status/daemon_status.h"

namespace logd {

struct StreamMetrics {
  std::uint64_t lines = 0;  // received: stored, or dropped by logd
  std::uint64_t bytes = 0;  // received
};

// Of one process, all its instances together.
struct ProcessMetrics {
  std::array<StreamMetrics, 2> streams;  // by Stream
  std::uint64_t written_bytes = 0;
  DroppedStatus dropped;
  std::uint64_t cut_lines = 0;
  std::uint64_t masked = 0;                  // secrets
  std::array<std::uint64_t, 3> rotations{};  // by RotationReason
  std::uint64_t full_disk_errors = 0;
  std::uint64_t other_write_errors = 0;
  std::uint64_t runs_begun = 0;
  std::uint64_t runs_attached = 0;
  std::uint64_t segments = 0;
  std::uint64_t disk_bytes = 0;
  std::optional<std::uint64_t> disk_limit_bytes;  // of all its logs
  std::optional<WallTime> oldest_record;          // not before it
  std::optional<WallTime> last_record;
  double time_ahead_s = 0;  // of the log that is ahead most
  double writer_blocked_s = 0;
};

// Of one [alert.NAME].
struct AlertMetrics {
  std::uint64_t fired = 0;
  std::uint64_t suppressed = 0;  // lines kept quiet by the cool-down
  std::uint64_t sent = 0;        // webhooks and commands that took it
  std::uint64_t failed = 0;      // those that did not
  std::uint64_t dropped = 0;     // too many others waited
};

struct Metrics {
  Health health;
  WallTime started_at{};
  WallTime taken_at{};  // that moment
  std::map<std::string, ProcessMetrics> processes;
  MaskingStatus masking;
  ArchivingStatus archives;
  std::map<std::string, std::uint64_t> deleted;  // segments, by reason
  std::uint64_t escrow_bytes = 0;
  std::uint64_t escrow_limit_bytes = 0;
  std::uint64_t disk_bytes = 0;
  std::uint64_t disk_free_bytes = 0;
  std::uint64_t sync_failures = 0;
  ReloadStatus reloads;
  std::map<std::string, AlertMetrics> alerts;
  ShipStatus ships;
};

}  // namespace logd
