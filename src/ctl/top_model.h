// Follows how the daemon's counters move, and says what each process did lately: for `logctl top`.
//
// Where the counters come from and how the rows look is top.cpp's and top_view.h's business. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logd/names.h"
#include "logd/units.h"
#include "status/daemon_status.h"

namespace logd {

// What moved in a second, on the average since the look before.
struct TopRates {
  double lines = 0;
  double err_lines = 0;
  double bytes = 0;
  double masked = 0;
};

struct TopRow {
  LogName log;
  ProcessStatus status;
  TopRates rates;
  std::vector<double> lines_lately;   // a second, at each look, oldest first; at most kLately
  std::optional<MonoTime> last_line;  // when its lines were seen to move; none: not since we look
};

// All together.
struct TopSums {
  TopRates rates;
  std::uint64_t lines = 0;
  std::uint64_t dropped_lines = 0;  // losses: the disk was full, or nobody took them
  std::uint64_t limited_lines = 0;  // left out by max_rate, as somebody wished
  std::uint64_t masked = 0;
};

enum class TopColumn : std::uint8_t { name, lines, errors, bytes, masked, dropped, disk };
inline constexpr std::string_view kTopColumns[] = {"name",   "lines",   "errors", "bytes",
                                                   "masked", "dropped", "disk"};

class TopModel {
 public:
  static constexpr std::size_t kLately = 60;

  // What the daemon says at `now`. Counters that are smaller than before are those of another
  // daemon: they count from 0.
  void take(DaemonStatus status, MonoTime now);

  bool is_empty() const { return !last_; }
  const DaemonStatus& status() const { return status_; }
  TopSums sums() const;

  // Those whose name holds `part`, sorted: names upwards, numbers downwards, equal ones by name.
  std::vector<const TopRow*> rows(TopColumn by, std::string_view part) const;

 private:
  TopRow& move(const ProcessStatus& process, double seconds, MonoTime now);

  DaemonStatus status_;
  std::optional<MonoTime> last_;
  std::map<std::string, TopRow> rows_;  // by directory
};

}  // namespace logd
