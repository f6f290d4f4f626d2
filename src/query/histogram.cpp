// SPDX-License-Identifier: Apache-2.0
#include "query/histogram.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace logd {
namespace {

constexpr std::size_t kMinBarColumns = 8;
constexpr std::size_t kGap = 2;  // columns
constexpr std::size_t kEighths = 8;
constexpr std::string_view kBlocks[kEighths] = {"\u2588", "\u258f", "\u258e", "\u258d",
                                                "\u258c", "\u258b", "\u258a", "\u2589"};

// More empty buckets in a row are not drawn: a clock was wrong, or the log has a hole of years.
constexpr int kMaxEmpty = 100;

// `length` out of `whole` of `columns`, in parts of which `parts` are a column; rounded, but not
// to nothing.
std::size_t parts_of(std::uint64_t length, std::uint64_t whole, std::size_t columns,
                     std::size_t parts) {
  if (length == 0) return 0;
  const double share = static_cast<double>(length) / static_cast<double>(whole);
  const double all = static_cast<double>(columns * parts);
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(share * all)));
}

void append_bar(std::string& to, std::uint64_t count, std::uint64_t most, std::size_t columns,
                BarStyle style) {
  if (style == BarStyle::ascii) {
    to.append(parts_of(count, most, columns, 1), '#');
    return;
  }
  const std::size_t eighths = parts_of(count, most, columns, kEighths);
  for (std::size_t i = 0; i < eighths / kEighths; ++i) to += kBlocks[0];
  if (eighths % kEighths > 0) to += kBlocks[eighths % kEighths];
}

}  // namespace

std::string draw_histogram(const std::vector<Bar>& bars, std::size_t width, BarStyle style) {
  std::uint64_t most = 0;
  std::size_t label_columns = 0;
  for (const Bar& bar : bars) {
    most = std::max(most, bar.count.value_or(0));
    label_columns = std::max(label_columns, bar.label.size());
  }
  const std::size_t count_columns = std::to_string(most).size();
  const std::size_t used = label_columns + count_columns + 2 * kGap;
  const std::size_t columns = std::max(width > used ? width - used : 0, kMinBarColumns);
  std::string text;
  for (const Bar& bar : bars) {
    text += bar.label;
    if (bar.count) {
      const std::string count = std::to_string(*bar.count);
      text.append(label_columns - bar.label.size() + kGap + count_columns - count.size(), ' ');
      text += count;
      if (*bar.count > 0) text.append(kGap, ' ');
      append_bar(text, *bar.count, most, columns, style);
    }
    text += '\n';
  }
  return text;
}

std::vector<Bar> bars_of(CountsByTime& by_time, const Selection& wanted, TimeFormat& times) {
  std::vector<Bar> bars;
  std::optional<WallTime> next;
  for (const auto& [begin, counts] : by_time.counts()) {
    int empty = 0;
    for (; next && *next < begin && empty <= kMaxEmpty; ++empty) {
      bars.push_back({bucket_label(*next, by_time.length(), times), 0});
      next = by_time.bucket_of(*next).end;
    }
    if (empty > kMaxEmpty) {
      bars.resize(bars.size() - static_cast<std::size_t>(empty));
      bars.push_back({"...", std::nullopt});
    }
    bars.push_back({bucket_label(begin, by_time.length(), times), counts.count(wanted)});
    next = by_time.bucket_of(begin).end;
  }
  return bars;
}

std::string bucket_label(WallTime begin, std::chrono::seconds length, TimeFormat& times) {
  constexpr std::size_t kDate = 10;
  constexpr std::size_t kMinute = 16;
  const std::string text = times.date_time(begin);
  if (length >= std::chrono::days(1)) return text.substr(0, kDate);
  return length >= std::chrono::minutes(1) ? text.substr(0, kMinute) : text;
}

}  // namespace logd
