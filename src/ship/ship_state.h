// What a destination knows across a crash: how far each log has got there, and which batches were
// on their way.
//
// A file `state` of its own in `<log_dir>/.ship/DESTINATION/`, written anew each time: a temporary
// file, a sync, a rename, a sync of the directory. A batch is in it before it is sent for the first
// time, so that after a crash the same records make the same batch. logd's retention and logctl
// read it as well. Format: logd-ship(7).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logd/file_system.h"
#include "logd/result.h"
#include "query/log_cursor.h"

namespace logd {

inline constexpr char kShipDirectory[] = ".ship";  // in log_dir
inline constexpr char kShipStateFile[] = "state";

// Records that will never be sent, and where that is told: before the next record.
struct Loss {
  std::uint64_t records = 0;   // 0: unknown
  std::uint64_t bytes = 0;     // of segments, uncompressed
  std::uint64_t segments = 0;  // that are gone, or damaged
  std::string reason;          // "backlog", "deleted", "damaged"

  bool operator==(const Loss&) const = default;
};

// Records of one log that stand one behind another in a batch.
struct BatchPart {
  std::string log;  // its directory
  LogCursor from;   // behind this
  LogCursor to;     // up to here
  std::uint64_t records = 0;
  std::optional<Loss> loss;  // told before the first of them

  bool operator==(const BatchPart&) const = default;
};

struct IntendedBatch {
  std::uint64_t number = 0;
  std::vector<BatchPart> parts;

  bool operator==(const IntendedBatch&) const = default;
};

struct LogProgress {
  LogCursor acked;           // the receiver has said that it has everything up to it
  LogCursor settled;         // and that long enough ago to believe it
  std::optional<Loss> loss;  // to be told with the next batch

  bool operator==(const LogProgress&) const = default;
};

// Of all the time since the destination was first used.
struct ShipTotals {
  std::uint64_t records = 0;  // acknowledged; those that were sent again count again
  std::uint64_t bytes = 0;    // of their content
  std::uint64_t lost_records = 0;
  std::uint64_t lost_bytes = 0;
  std::uint64_t rejected = 0;  // by the receiver, which said only how many
  std::uint64_t dead = 0;      // records in dead letters
  std::uint64_t cut = 0;       // records
  std::uint64_t rewinds = 0;
  std::uint64_t lost_segments = 0;  // given up, damaged, or deleted before they were read

  bool operator==(const ShipTotals&) const = default;
};

struct ShipState {
  std::map<std::string, LogProgress> logs;  // by directory
  std::vector<IntendedBatch> intended;      // by number
  std::uint64_t next_batch = 1;
  std::string settings;        // a digest of those under which has_succeeded holds
  bool has_succeeded = false;  // some batch was stored
  ShipTotals totals;

  bool operator==(const ShipState&) const = default;
};

std::string ship_state_text(const ShipState& state);
// Errors: invalid (what it is not).
Result<ShipState> parse_ship_state(std::string_view text);

// Errors: not_found (none was written yet), invalid, permission, io.
Result<ShipState> read_ship_state(Directory& directory);
// Errors: no_space, io.
Result<void> write_ship_state(Directory& directory, const ShipState& state);

}  // namespace logd
