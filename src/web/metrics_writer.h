// Writes families of metrics one after another in the text formats of Prometheus and OpenMetrics:
// the head of each, then its samples. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace logd::web {

enum class MetricsFormat : std::uint8_t { prometheus, open_metrics };

// name="value", escaped; several are put together with commas.
std::string label(std::string_view name, std::string_view value);

class MetricsWriter {
 public:
  explicit MetricsWriter(MetricsFormat format) : format_(format) {}

  // Begins a family; the samples of it follow.
  void counter(std::string_view name, std::string_view help) { head(name, "counter", help); }
  void gauge(std::string_view name, std::string_view help) { head(name, "gauge", help); }
  void histogram(std::string_view name, std::string_view help) { head(name, "histogram", help); }

  void sample(const std::string& labels, std::uint64_t value);
  void sample(const std::string& labels, double value);

  // Of a histogram: `counts` has how many were at most each of `bounds` and more than the one
  // before, and last those above all; `sum` is that of all of them.
  void samples(const std::string& labels, std::span<const double> bounds,
               std::span<const std::uint64_t> counts, double sum);

  std::string finish();

 private:
  void head(std::string_view name, std::string_view type, std::string_view help);
  void line(std::string_view suffix, const std::string& labels, std::string_view value);

  MetricsFormat format_;
  std::string text_;
  std::string name_;
};

}  // namespace logd::web
