// SPDX-License-Identifier: Apache-2.0
#include "web/ship_metrics.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace logd::web {
namespace {

constexpr std::string_view kStates[] = {"ok", "backoff", "hold"};

double oldest_unsent_s(const DestinationStatus& one, WallTime now) {
  if (!one.oldest_unsent) return 0;
  return std::max(0.0, std::chrono::duration<double>(now - *one.oldest_unsent).count());
}

class ShipFamilies {
 public:
  ShipFamilies(MetricsWriter& writer, const ShipStatus& ships) : writer_(writer), ships_(ships) {}

  void write(WallTime now) {
    writer_.gauge("logd_ship_oldest_unsent_seconds",
                  "How long the oldest record waits that the destination lacks; 0: none.");
    each([now](const DestinationStatus& one) { return oldest_unsent_s(one, now); });
    write_state();
    write_sent();
    write_requests();
    write_losses();
  }

 private:
  template <typename Value>
  void each(Value value) {
    for (const auto& [name, one] : ships_) writer_.sample(label("destination", name), value(one));
  }

  void write_state() {
    writer_.gauge("logd_ship_state", "1 for the state that the destination is in.");
    for (const auto& [name, one] : ships_)
      for (const std::string_view state : kStates)
        writer_.sample(label("destination", name) + "," + label("state", state),
                       std::uint64_t{one.state == state});
    writer_.gauge("logd_ship_backlog_bytes", "What is stored and not acknowledged, about.");
    each([](const DestinationStatus& one) { return one.backlog_bytes; });
    writer_.gauge("logd_ship_in_flight", "Requests that wait for an answer.");
    each([](const DestinationStatus& one) { return one.in_flight; });
    writer_.counter("logd_ship_state_errors_total", "Attempts to store the progress that failed.");
    each([](const DestinationStatus& one) { return one.state_errors; });
  }

  void write_sent() {
    writer_.counter("logd_ship_records_total", "Records acknowledged, repeated ones again.");
    each([](const DestinationStatus& one) { return one.totals.records; });
    writer_.counter("logd_ship_bytes_total", "Bytes of the content of these.");
    each([](const DestinationStatus& one) { return one.totals.bytes; });
    writer_.counter("logd_ship_uncompressed_bytes_total", "Bodies of requests as they were made.");
    each([](const DestinationStatus& one) { return one.raw_bytes; });
    writer_.counter("logd_ship_compressed_bytes_total", "The same as they were sent.");
    each([](const DestinationStatus& one) { return one.sent_bytes; });
    writer_.counter("logd_ship_rewinds_total",
                    "How often what was acknowledged lately was sent again.");
    each([](const DestinationStatus& one) { return one.totals.rewinds; });
  }

  void write_requests() {
    writer_.counter("logd_ship_answers_total", "Answers to requests, and ends without one.");
    for (const auto& [name, one] : ships_)
      for (const auto& [answer_class, count] : one.answers)
        writer_.sample(label("destination", name) + "," + label("class", answer_class), count);
    writer_.counter("logd_ship_retries_total",
                    "Answers after which the same was to be sent again.");
    each([](const DestinationStatus& one) { return one.retries; });
    writer_.histogram("logd_ship_request_seconds", "How long requests took.");
    for (const auto& [name, one] : ships_)
      writer_.samples(label("destination", name), kRequestTimes, one.request_times,
                      one.request_seconds);
  }

  void write_losses() {
    writer_.counter("logd_ship_lost_records_total",
                    "Records that retention deleted before they were sent, as far as counted.");
    each([](const DestinationStatus& one) { return one.totals.lost_records; });
    writer_.counter("logd_ship_lost_bytes_total", "Bytes of segments of these.");
    each([](const DestinationStatus& one) { return one.totals.lost_bytes; });
    writer_.counter("logd_ship_lost_segments_total",
                    "Segments that were given up, damaged, or deleted before they were read.");
    each([](const DestinationStatus& one) { return one.totals.lost_segments; });
    writer_.counter("logd_ship_rejected_records_total",
                    "Records that the receiver refused without saying which.");
    each([](const DestinationStatus& one) { return one.totals.rejected; });
    writer_.counter("logd_ship_dead_records_total", "Records that became dead letters.");
    each([](const DestinationStatus& one) { return one.totals.dead; });
    writer_.gauge("logd_ship_dead_letter_bytes", "Size of the dead letters that are kept.");
    each([](const DestinationStatus& one) { return one.dead_bytes; });
    writer_.counter("logd_ship_cut_records_total", "Records that were cut to be sent.");
    each([](const DestinationStatus& one) { return one.totals.cut; });
  }

  MetricsWriter& writer_;
  const ShipStatus& ships_;
};

}  // namespace

void write_ships(MetricsWriter& writer, const ShipStatus& ships, WallTime now) {
  if (!ships.empty()) ShipFamilies(writer, ships).write(now);
}

}  // namespace logd::web
