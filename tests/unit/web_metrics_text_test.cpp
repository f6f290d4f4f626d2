// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "web/metrics_text.h"

using namespace logd;
using namespace logd::web;

namespace {

bool has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

Metrics of_one(const std::string& name) {
  Metrics metrics;
  metrics.health.version = "1.2.3";
  ProcessMetrics& process = metrics.processes[name];
  process.streams[1].lines = 7;
  process.dropped.max_rate = 3;
  process.writer_blocked_s = 0.25;
  process.last_record = WallTime(std::chrono::milliseconds(1500));
  return metrics;
}

}  // namespace

TEST_CASE("metrics: a family is told once, and then its samples", "[web]") {
  const std::string text = metrics_text(of_one("web"), {}, {}, MetricsFormat::prometheus);
  CHECK(has(text, "# TYPE logd_received_lines_total counter"));
  CHECK(has(text, R"(logd_received_lines_total{process="web",stream="stderr"} 7)"));
  CHECK(has(text, R"(logd_dropped_lines_total{process="web",reason="max_rate"} 3)"));
  CHECK(has(text, R"(logd_writer_blocked_seconds_total{process="web"} 0.25)"));
  CHECK(has(text, R"(logd_last_record_timestamp_seconds{process="web"} 1.5)"));
  CHECK(has(text, R"(logd_build_info{version="1.2.3"} 1)"));
  CHECK(text.find("logd_oldest_record_timestamp_seconds{") == std::string::npos);
  CHECK(text.find("EOF") == std::string::npos);
}

TEST_CASE("metrics: OpenMetrics names a counter's family without its suffix", "[web]") {
  const std::string text = metrics_text(of_one("web"), {}, {}, MetricsFormat::open_metrics);
  CHECK(has(text, "# TYPE logd_received_lines counter"));
  CHECK(has(text, R"(logd_received_lines_total{process="web",stream="stderr"} 7)"));
  CHECK(text.ends_with("\n# EOF\n"));
}

TEST_CASE("metrics: values of labels are escaped", "[web]") {
  Metrics metrics = of_one("web");
  metrics.masking.hit.emplace_back().id = "a\"b\\c\nd";
  const std::string text = metrics_text(metrics, {}, {}, MetricsFormat::prometheus);
  CHECK(has(text, R"(logd_masked_total{rule="a\"b\\c\nd"} 0)"));
}

TEST_CASE("metrics: the number of series is limited", "[web]") {
  Metrics metrics;
  for (std::size_t i = 0; i < kMaxProcessesShown + 5; ++i)
    metrics.processes["p" + std::to_string(100'000 + i)];
  const std::string text = metrics_text(metrics, {}, {}, MetricsFormat::prometheus);
  CHECK(has(text, "logd_processes_left_out 5"));
  CHECK(has(text, R"(logd_process_up{process="p101999"} 0)"));
  CHECK_FALSE(has(text, R"(logd_process_up{process="p102000"} 0)"));
}

TEST_CASE("metrics: the format is chosen by Accept", "[web]") {
  CHECK(metrics_format_of("") == MetricsFormat::prometheus);
  CHECK(metrics_format_of("text/plain") == MetricsFormat::prometheus);
  CHECK(metrics_format_of("application/openmetrics-text; version=1.0.0,*/*;q=0.1") ==
        MetricsFormat::open_metrics);
}
