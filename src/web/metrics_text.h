// Writes metrics in the text formats of Prometheus (0.0.4) and OpenMetrics (1.0.0).
//
// Every name begins with logd_ and is described in logd(8), METRICS; labels are process, stream,
// reason, rule, check, destination and version. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "status/metrics.h"
#include "web/metrics_writer.h"

namespace logd::web {

// What a client wants that sent this header Accept.
MetricsFormat metrics_format_of(std::string_view accept);
std::string_view content_type_of(MetricsFormat format);

// What the server counts of itself.
struct WebMetrics {
  std::uint64_t connections = 0;                  // now
  std::uint64_t follows = 0;                      // now
  std::map<std::string, std::uint64_t> requests;  // by status: "200"
  std::map<std::string, std::uint64_t> closed;    // connections that we ended, by reason
};

// What the system says of this program.
struct OwnUse {
  std::uint64_t resident_bytes = 0;
  std::optional<std::uint64_t> open_fds;  // nothing if we may not look
  double cpu_s = 0;
};
// Reads /proc/self.
OwnUse measure_own_use();

// Series of that many processes at most, by name; the others are counted.
inline constexpr std::size_t kMaxProcessesShown = 2000;

std::string metrics_text(const Metrics& metrics, const WebMetrics& web, const OwnUse& use,
                         MetricsFormat format);

}  // namespace logd::web
