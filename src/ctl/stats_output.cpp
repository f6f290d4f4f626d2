// SPDX-License-Identifier: Apache-2.0
#include "ctl/stats_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/duration_text.h"
#include "base/size_text.h"
#include "ctl/stats_rows.h"
#include "ctl/table.h"
#include "query/escape.h"

namespace logd {
namespace {

using Json = nlohmann::json;

std::string unit_of(const LogStats& stats) {
  return stats.unit == LogStats::Unit::lines ? "lines" : "records";
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string rate_text(const std::optional<double>& rate) {
  if (!rate) return "-";
  return fmt::format("{:.{}f}", *rate, *rate >= 100 ? 0 : *rate >= 1 ? 1 : 3);
}

std::string share_text(std::uint64_t part, std::uint64_t all) {
  return all == 0
             ? "-"
             : fmt::format("{:.1f}%", 100.0 * static_cast<double>(part) / static_cast<double>(all));
}

// The columns that rows of one kind have.
class RowTable {
 public:
  RowTable(const LogStats& stats, const StatsLook& look, TimeFormat& times)
      : stats_(stats), by_(look.by), times_(times), total_(total_row(stats)), table_(headings()) {}

  std::string str() {
    const std::vector<StatsRow> rows = rows_of(stats_, by_);
    for (const StatsRow& row : rows) add(title(row), row);
    if (rows.size() > 1) add("total", total_);
    return table_.str();
  }

 private:
  bool has_share() const { return by_ == StatsBy::stream || by_ == StatsBy::level; }
  bool has_streams() const { return by_ != StatsBy::stream; }
  bool has_bytes() const { return has_streams() && total_.bytes; }

  std::vector<std::string> headings() const {
    const bool is_lines = stats_.unit == LogStats::Unit::lines;
    std::vector<std::string> headings = {upper(name_of(by_)), ">" + upper(unit_of(stats_))};
    if (has_share()) headings.push_back(">SHARE");
    if (has_streams() && total_.out) headings.push_back(">STDOUT");
    if (has_streams() && total_.err) headings.push_back(">STDERR");
    if (has_streams() && total_.events) headings.push_back(">EVENTS");
    if (has_bytes()) headings.push_back(is_lines ? ">TEXT" : ">STORED");
    if (!is_by_time(by_)) headings.push_back(">PER SECOND");
    if (by_ == StatsBy::process) headings.insert(headings.end(), {"FIRST", "LAST"});
    return headings;
  }

  std::string title(const StatsRow& row) {
    if (row.log) return row.log->directory();
    return row.begin ? bucket_label(*row.begin, stats_.by_time.length(), times_) : row.name;
  }

  void add(std::string title, const StatsRow& row) {
    std::vector<std::string> cells = {std::move(title), std::to_string(row.count)};
    if (has_share()) cells.push_back(share_text(row.count, total_.count));
    for (const auto& count : {row.out, row.err, row.events}) {
      if (has_streams() && count) cells.push_back(std::to_string(*count));
    }
    if (has_bytes()) cells.push_back(short_size_text(*row.bytes));
    if (!is_by_time(by_)) cells.push_back(rate_text(row.per_second));
    if (by_ == StatsBy::process) cells.insert(cells.end(), {time(row.first), time(row.last)});
    table_.row(std::move(cells));
  }

  std::string time(const std::optional<WallTime>& at) { return at ? times_.date_time(*at) : "-"; }

  const LogStats& stats_;
  StatsBy by_;
  TimeFormat& times_;
  StatsRow total_;
  Table table_;
};

std::string histogram(LogStats& stats, const StatsLook& look, TimeFormat& times) {
  const std::vector<Bar> bars = bars_of(stats.by_time, stats.selection, times);
  if (bars.empty()) return {};
  const std::chrono::milliseconds length = stats.by_time.length();
  return fmt::format("\n{} per {}\n", unit_of(stats), duration_text(length)) +
         draw_histogram(bars, look.width, look.bars);
}

std::string top_patterns(const LogStats& stats, const StatsLook& look) {
  const auto top = stats.patterns->top(look.top);
  if (top.empty()) return {};
  Table table({">LINES", ">SHARE", "PATTERN"});
  for (const TopPatterns::Entry& entry : top) {
    std::string pattern;
    append_visible(pattern, entry.pattern, Colours::strip);
    const char* const about = entry.error > 0 ? "~" : "";
    table.row({about + std::to_string(entry.lines),
               share_text(entry.lines, stats.patterns->total_lines()), std::move(pattern)});
  }
  return "\n" + table.str();
}

template <typename Value>
Json json_of(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json json_of(const std::optional<WallTime>& time, TimeFormat& times) {
  return time ? Json(times.iso(*time)) : Json();
}

// What the row is of.
void add_subject(Json& to, const StatsRow& row, StatsBy by, TimeFormat& times) {
  if (row.log) {
    to["process"] = row.log->process;
    to["instance"] = row.log->instance == kNoInstance ? Json() : Json(row.log->instance);
  } else if (row.begin) {
    to["time"] = times.iso(*row.begin);
  } else {
    to[name_of(by)] = row.name;
  }
}

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string stats_text(LogStats& stats, const StatsLook& look, TimeFormat& times) {
  std::string text = RowTable(stats, look, times).str();
  if (!is_by_time(look.by)) text += histogram(stats, look, times);
  if (stats.patterns) text += top_patterns(stats, look);
  return text;
}

std::string stats_json(const LogStats& stats, const StatsLook& look, TimeFormat& times) {
  const bool is_lines = stats.unit == LogStats::Unit::lines;
  std::string text;
  for (const StatsRow& row : rows_of(stats, look.by)) {
    Json json = {{"v", 1},
                 {"type", name_of(look.by)},
                 {"unit", unit_of(stats)},
                 {"count", row.count},
                 {"stdout", json_of(row.out)},
                 {"stderr", json_of(row.err)},
                 {"events", json_of(row.events)},
                 {"stored_bytes", is_lines ? Json() : json_of(row.bytes)},
                 {"text_bytes", is_lines ? json_of(row.bytes) : Json()},
                 {"per_second", json_of(row.per_second)},
                 {"first", json_of(row.first, times)},
                 {"last", json_of(row.last, times)}};
    add_subject(json, row, look.by, times);
    text += line_of(json);
  }
  if (!stats.patterns) return text;
  for (const TopPatterns::Entry& entry : stats.patterns->top(look.top)) {
    text += line_of({{"v", 1},
                     {"type", "pattern"},
                     {"unit", unit_of(stats)},
                     {"count", entry.lines},
                     {"count_error", entry.error},
                     {"pattern", entry.pattern}});
  }
  return text;
}

}  // namespace logd
