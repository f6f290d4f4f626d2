// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "web/metrics_text.h"

using namespace logd;
using namespace logd::web;

namespace {

bool has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

Metrics of_one(const DestinationStatus& status) {
  Metrics metrics;
  metrics.taken_at = WallTime(std::chrono::seconds(1000));
  metrics.ships["central"] = status;
  return metrics;
}

std::string text_of(const DestinationStatus& status) {
  return metrics_text(of_one(status), {}, {}, MetricsFormat::prometheus);
}

}  // namespace

TEST_CASE("ship metrics: without a destination there is none", "[web]") {
  CHECK(metrics_text({}, {}, {}, MetricsFormat::prometheus).find("logd_ship") == std::string::npos);
}

TEST_CASE("ship metrics: the age of what waits, as it is when it is asked for", "[web]") {
  DestinationStatus status;
  CHECK(has(text_of(status), R"(logd_ship_oldest_unsent_seconds{destination="central"} 0)"));
  status.oldest_unsent = WallTime(std::chrono::milliseconds(997'500));
  CHECK(has(text_of(status), R"(logd_ship_oldest_unsent_seconds{destination="central"} 2.5)"));
  status.oldest_unsent = WallTime(std::chrono::seconds(1001));  // a clock that was set back
  CHECK(has(text_of(status), R"(logd_ship_oldest_unsent_seconds{destination="central"} 0)"));
}

TEST_CASE("ship metrics: one state of three", "[web]") {
  DestinationStatus status;
  status.state = "hold";
  const std::string text = text_of(status);
  CHECK(has(text, R"(logd_ship_state{destination="central",state="hold"} 1)"));
  CHECK(has(text, R"(logd_ship_state{destination="central",state="ok"} 0)"));
  CHECK(has(text, R"(logd_ship_state{destination="central",state="backoff"} 0)"));
}

TEST_CASE("ship metrics: buckets of a histogram add up", "[web]") {
  DestinationStatus status;
  status.request_times = {2, 0, 1, 0, 0, 0, 0, 3, 0, 0, 1};
  status.request_seconds = 40.25;
  const std::string text = text_of(status);
  const auto bucket = [](const std::string& bound, int count) {
    return R"(logd_ship_request_seconds_bucket{destination="central",le=")" + bound + "\"} " +
           std::to_string(count);
  };
  CHECK(has(text, "# TYPE logd_ship_request_seconds histogram"));
  CHECK(has(text, bucket("0.005", 2)));
  CHECK(has(text, bucket("0.01", 2)));
  CHECK(has(text, bucket("0.025", 3)));
  CHECK(has(text, bucket("1.0", 6)));
  CHECK(has(text, bucket("30.0", 6)));
  CHECK(has(text, bucket("+Inf", 7)));
  CHECK(has(text, R"(logd_ship_request_seconds_sum{destination="central"} 40.25)"));
  CHECK(has(text, R"(logd_ship_request_seconds_count{destination="central"} 7)"));
}

TEST_CASE("ship metrics: counters have their own values", "[web]") {
  DestinationStatus status;
  status.totals = {1, 2, 3, 4, 5, 6, 7, 8, 13};
  status.answers = {{"stored", 9}, {"later", 10}};
  status.raw_bytes = 11;
  status.sent_bytes = 12;
  const std::string text = text_of(status);
  const auto sample = [&](const std::string& name, int value) {
    INFO(name);
    CHECK(has(text, "logd_ship_" + name + R"({destination="central"} )" + std::to_string(value)));
  };
  sample("records_total", 1);
  sample("bytes_total", 2);
  sample("lost_records_total", 3);
  sample("lost_bytes_total", 4);
  sample("lost_segments_total", 13);
  sample("rejected_records_total", 5);
  sample("dead_records_total", 6);
  sample("cut_records_total", 7);
  sample("rewinds_total", 8);
  sample("uncompressed_bytes_total", 11);
  sample("compressed_bytes_total", 12);
  CHECK(has(text, R"(logd_ship_answers_total{destination="central",class="stored"} 9)"));
  CHECK(has(text, R"(logd_ship_answers_total{destination="central",class="later"} 10)"));
}
