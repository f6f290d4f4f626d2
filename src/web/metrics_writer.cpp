// SPDX-License-Identifier: Apache-2.0
#include "web/metrics_writer.h"

#include <fmt/format.h>

#include <utility>

namespace logd::web {
namespace {

std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? "\\n" : std::string(1, c);
  }
  return text;
}

// As OpenMetrics spells the bounds of a histogram: "1.0".
std::string bound_text(double bound) {
  std::string text = fmt::format("{}", bound);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

std::string label(std::string_view name, std::string_view value) {
  return fmt::format("{}=\"{}\"", name, escaped(value));
}

void MetricsWriter::sample(const std::string& labels, std::uint64_t value) {
  line("", labels, fmt::format_int(value).str());
}

void MetricsWriter::sample(const std::string& labels, double value) {
  line("", labels, fmt::format("{}", value));
}

void MetricsWriter::samples(const std::string& labels, std::span<const double> bounds,
                            std::span<const std::uint64_t> counts, double sum) {
  const std::string before = labels.empty() ? "" : labels + ",";
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    all += counts[i];
    const std::string bound = i < bounds.size() ? bound_text(bounds[i]) : "+Inf";
    line("_bucket", before + label("le", bound), fmt::format_int(all).str());
  }
  line("_sum", labels, fmt::format("{}", sum));
  line("_count", labels, fmt::format_int(all).str());
}

std::string MetricsWriter::finish() {
  if (format_ == MetricsFormat::open_metrics) text_ += "# EOF\n";
  return std::move(text_);
}

// OpenMetrics names the family of a counter without its suffix.
void MetricsWriter::head(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  std::string_view family = name;
  constexpr std::string_view kSuffix = "_total";
  if (format_ == MetricsFormat::open_metrics && type == "counter" && family.ends_with(kSuffix))
    family.remove_suffix(kSuffix.size());
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", family, help, family, type);
}

void MetricsWriter::line(std::string_view suffix, const std::string& labels,
                         std::string_view value) {
  text_ += name_;
  text_ += suffix;
  if (!labels.empty()) text_ += "{" + labels + "}";
  text_ += ' ';
  text_ += value;
  text_ += '\n';
}

}  // namespace logd::web
