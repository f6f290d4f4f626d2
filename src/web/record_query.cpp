// SPDX-License-Identifier: Apache-2.0
#include "web/record_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "base/closest.h"
#include "query/time_expression.h"

namespace logd::web {
namespace {

constexpr std::uint64_t kFirstLines = 15;  // that a follow begins with, as logctl tail does
constexpr std::uint64_t kMaxFirstLines = 10'000;
// One query at a time computes, and the memory of many must stay small.
constexpr std::uint64_t kInflateBytes = 8_MiB;

// Takes parameters by name and knows which have not been asked for.
class Reader {
 public:
  explicit Reader(const Parameters& parameters) : parameters_(parameters) {}

  std::vector<std::string> all(std::string_view name) {
    known_.emplace_back(name);
    const auto found = parameters_.find(name);
    return found == parameters_.end() ? std::vector<std::string>() : found->second;
  }

  Result<std::string> text(std::string_view name) {
    std::vector<std::string> values = all(name);
    if (values.size() > 1) return fail(ErrorCode::invalid, fmt::format("{} is given twice", name));
    return values.empty() ? std::string() : std::move(values.front());
  }

  Result<bool> flag(std::string_view name) {
    const bool is_given = parameters_.contains(name);
    LOGD_TRY_ASSIGN(const std::string value, text(name));
    if (value == "true" || value == "1" || (is_given && value.empty())) return true;
    if (value == "false" || value == "0" || value.empty()) return false;
    return fail(ErrorCode::invalid, fmt::format("{} is true or false", name));
  }

  Result<std::uint64_t> number(std::string_view name, std::uint64_t otherwise, std::uint64_t most) {
    LOGD_TRY_ASSIGN(const std::string value, text(name));
    if (value.empty()) return otherwise;
    std::uint64_t number = 0;
    const char* const end = value.data() + value.size();
    const auto [rest, error] = std::from_chars(value.data(), end, number);
    if (error != std::errc() || rest != end || number > most)
      return fail(ErrorCode::invalid, fmt::format("{} is a number up to {}", name, most));
    return number;
  }

  // Errors: invalid, with the first parameter that nobody has asked for.
  Result<void> end() const {
    for (const auto& [name, values] : parameters_) {
      if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
      const auto meant = closest(name, known_);
      return fail(ErrorCode::invalid,
                  fmt::format("there is no parameter '{}'{}", name,
                              meant ? fmt::format("; did you mean {}?", *meant) : std::string()));
    }
    return {};
  }

 private:
  const Parameters& parameters_;
  std::vector<std::string> known_;
};

std::vector<std::string> split_names(const std::vector<std::string>& values) {
  std::vector<std::string> names;
  for (const std::string& value : values) {
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::string_view name = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
      if (!name.empty()) names.emplace_back(name);
    }
  }
  return names;
}

Result<void> read_streams(Reader& reader, Selection& selection) {
  LOGD_TRY_ASSIGN(const std::string stream, reader.text("stream"));
  if (!stream.empty() && stream != "stdout" && stream != "stderr")
    return fail(ErrorCode::invalid, "stream is stdout or stderr");
  if (!stream.empty()) {
    selection.out = stream == "stdout";
    selection.err = stream == "stderr";
  }
  LOGD_TRY_ASSIGN(selection.events, reader.flag("events"));
  return {};
}

Result<RecordFilter> read_filter(Reader& reader) {
  FilterOptions options;
  options.patterns = reader.all("grep");
  options.where = reader.all("where");
  LOGD_TRY_ASSIGN(options.level, reader.text("level"));
  LOGD_TRY_ASSIGN(options.pattern_options.is_fixed, reader.flag("fixed"));
  LOGD_TRY_ASSIGN(options.pattern_options.ignores_case, reader.flag("ignore_case"));
  LOGD_TRY_ASSIGN(options.is_inverted, reader.flag("invert"));
  return RecordFilter::compile(options, "grep");
}

Result<TimeCursor> read_cursor(Reader& reader, Order order, std::string_view last_event_id) {
  LOGD_TRY_ASSIGN(std::string text, reader.text("cursor"));
  if (!last_event_id.empty()) text = last_event_id;  // it is the newer one
  if (text.empty()) return TimeCursor(order);
  LOGD_TRY_ASSIGN(TimeCursor cursor, TimeCursor::parse(text));
  if (cursor.order() != order)
    return fail(ErrorCode::invalid, "cursor: is one of the other order, see reverse");
  return cursor;
}

// What was read before need not be looked at.
void narrow(HistoryQuery& query, const TimeCursor& cursor) {
  if (cursor.is_new()) return;
  const WallTime behind = cursor.bound() + Nanoseconds(1);
  if (cursor.order() == Order::oldest_first) {
    if (!query.since) query.since = behind;
    if (auto* const since = std::get_if<WallTime>(&*query.since)) *since = std::max(*since, behind);
  } else {
    if (!query.until) query.until = behind;
    if (auto* const until = std::get_if<WallTime>(&*query.until)) *until = std::min(*until, behind);
  }
}

Result<void> read_page(Reader& reader, RecordQuery& to) {
  LOGD_TRY_ASSIGN(const bool is_reverse, reader.flag("reverse"));
  if (is_reverse) to.query.order = Order::newest_first;
  LOGD_TRY_ASSIGN(to.limit, reader.number("limit", to.limit, kMaxPageRecords));
  if (to.limit == 0) return fail(ErrorCode::invalid, "limit is at least 1");
  to.query.first = to.limit;
  // A line that has not ended yet comes when it has, and not twice.
  to.query.keeps_cursors = !is_reverse;
  return {};
}

Result<void> read_follow(Reader& reader, RecordQuery& to) {
  to.query.follow = true;
  LOGD_TRY_ASSIGN(to.query.last, reader.number("lines", kFirstLines, kMaxFirstLines));
  return {};
}

void set_filter(RecordQuery& to) {
  to.query.filter = [reading = to.reading](const Line& line, const LogName& log) {
    const auto time = parse_time(line.time);
    if (!time || reading->cursor.has_read(log, *time)) return false;
    if (reading->notes) reading->cursor.note_read(log, *time);
    return reading->filter.is_empty() || reading->filter.matches(line.content);
  };
}

}  // namespace

Result<RecordQuery> read_record_query(const Parameters& parameters, QueryKind kind,
                                      std::string_view last_event_id, WallTime now,
                                      const TimeZone& zone) {
  Reader reader(parameters);
  RecordQuery to;
  to.query.names = split_names(reader.all("process"));
  to.query.inflate_threads = 1;
  to.query.inflate_bytes = kInflateBytes;
  LOGD_TRY(read_streams(reader, to.query.selection));
  LOGD_TRY_ASSIGN(RecordFilter filter, read_filter(reader));
  LOGD_TRY(kind == QueryKind::page ? read_page(reader, to) : read_follow(reader, to));
  LOGD_TRY_ASSIGN(const std::string since, reader.text("since"));
  std::string until;
  if (kind == QueryKind::page) {
    LOGD_TRY_ASSIGN(until, reader.text("until"));
  }
  LOGD_TRY_ASSIGN(TimeCursor cursor, read_cursor(reader, to.query.order, last_event_id));
  LOGD_TRY(reader.end());
  LOGD_TRY_ASSIGN(const TimeRange range, parse_time_range(since, until, now, zone));
  to.query.since = range.since;
  to.query.until = range.until;
  // A line that was left out would never come.
  if (!cursor.is_new()) to.query.last.reset();
  narrow(to.query, cursor);
  to.reading = std::make_shared<RecordQuery::Reading>(std::move(cursor), std::move(filter));
  set_filter(to);
  return to;
}

}  // namespace logd::web
