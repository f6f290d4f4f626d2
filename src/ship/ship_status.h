// What logd-ship tells of itself: a file `<run_dir>/ship.json`, for logd's metrics and health and
// for `logctl ship status`.
//
// Written at most once a second, and only when something has changed. Pure but for that. Format:
// logd-ship(7).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "logd/file_system.h"
#include "logd/result.h"
#include "logd/units.h"
#include "ship/ship_state.h"

namespace logd {

inline constexpr char kShipStatusFile[] = "ship.json";  // in run_dir

struct DestinationStatus {
  std::string type;
  std::string host;          // of the URL
  std::string state = "ok";  // or "backoff", "hold"
  std::string reason;        // of the last failure, while it lasts
  ShipTotals totals;
  std::map<std::string, std::uint64_t> answers;  // by class, since logd-ship began
  std::uint64_t retries = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t raw_bytes = 0;   // bodies before compression, since logd-ship began
  std::uint64_t sent_bytes = 0;  // and after it
  std::uint64_t backlog_bytes = 0;
  std::uint64_t dead_bytes = 0;  // size of dead letters
  std::uint64_t state_errors = 0;
  std::optional<WallTime> oldest_unsent;
  std::optional<WallTime> opens_at;  // the next attempt, while it backs off or holds
  // Requests by their time: at most 5 ms, 10, 25, ..., see kRequestTimes; the last: longer.
  std::array<std::uint64_t, 11> request_times{};
  double request_seconds = 0;

  bool operator==(const DestinationStatus&) const = default;
};
inline constexpr std::array<double, 10> kRequestTimes = {0.005, 0.01, 0.025, 0.05, 0.1,
                                                         0.25,  0.5,  1,     5,    30};

// "otel.example.com:4318": what of the URL may be shown.
std::string host_of_url(std::string_view url);

using ShipStatus = std::map<std::string, DestinationStatus>;

std::string ship_status_text(const ShipStatus& status, WallTime now);

struct ReadShipStatus {
  ShipStatus destinations;
  WallTime written;
};
// Errors: invalid.
Result<ReadShipStatus> parse_ship_status(std::string_view text);
// Errors: not_found, invalid, permission, io.
Result<ReadShipStatus> read_ship_status(Directory& run_dir);

}  // namespace logd
