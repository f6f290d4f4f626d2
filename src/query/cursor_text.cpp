// SPDX-License-Identifier: Apache-2.0
#include "query/cursor_text.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include "logd/names.h"
#include "logd/record.h"

namespace logd {
namespace {

constexpr std::string_view kFirstLine = "logctl-cursors 1";
constexpr std::string_view kFirstWord = "logctl-cursors ";
constexpr std::string_view kLastLine = "end";

void append_place(std::string& text, const std::string& log, std::string_view kind,
                  const RecordPlace& place) {
  std::string time(kTimeDigits, ' ');
  write_time(time.data(), place.time);
  text += fmt::format("{} {} {} {} {}Z\n", log, kind, place.position.segment, place.position.offset,
                      time);
}

// What stands up to `end`, which is taken off with it; nothing if there is none.
std::optional<std::string_view> take_up_to(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at + 1);
  return taken;
}

bool parse_number(std::string_view text, std::uint64_t& number) {
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && rest == text.data() + text.size();
}

// "12 3456 2026-11-21T22:17:00.000000042Z"
std::optional<RecordPlace> parse_place(std::string_view text) {
  RecordPlace place;
  const auto segment = take_up_to(text, ' ');
  const auto offset = take_up_to(text, ' ');
  if (!segment || !offset || !parse_number(*segment, place.position.segment) ||
      !parse_number(*offset, place.position.offset)) {
    return std::nullopt;
  }
  const auto time = parse_time(text);
  if (!time || text.substr(kTimeDigits) != "Z") return std::nullopt;
  place.time = *time;
  return place;
}

// A line between the first and the last; false if it is none.
bool take_line(std::string_view line, LogCursors& cursors) {
  const auto log = take_up_to(line, ' ');
  const auto kind = take_up_to(line, ' ');
  if (!log || !kind || !parse_log_name(*log)) return false;
  const auto place = parse_place(line);
  if (!place) return false;
  if (*kind == "last") {
    return cursors.try_emplace(std::string(*log), LogCursor{*place, {}}).second;
  }
  const auto known = cursors.find(std::string(*log));
  if (known == cursors.end()) return false;
  for (const Stream stream : {Stream::out, Stream::err}) {
    auto& unended = known->second.unended[stream_index(stream)];
    if (*kind != stream_name(stream) || unended) continue;
    unended = place;
    return true;
  }
  return false;
}

}  // namespace

std::string cursor_text(const LogCursors& cursors) {
  std::string text = std::string(kFirstLine) + "\n";
  for (const auto& [log, cursor] : cursors) {
    append_place(text, log, "last", cursor.last);
    for (const Stream stream : {Stream::out, Stream::err}) {
      const auto& unended = cursor.unended[stream_index(stream)];
      if (unended) append_place(text, log, stream_name(stream), *unended);
    }
  }
  return text + std::string(kLastLine) + "\n";
}

Result<LogCursors> parse_cursor_text(std::string_view text) {
  LogCursors cursors;
  auto line = take_up_to(text, '\n');
  if (line && line->starts_with(kFirstWord) && *line != kFirstLine) {
    return fail(ErrorCode::invalid, "is of another version of logctl");
  }
  if (line != kFirstLine) return fail(ErrorCode::invalid, "is no cursor file");
  for (int number = 2;; ++number) {
    line = take_up_to(text, '\n');
    if (line == kLastLine && text.empty()) return cursors;
    if (!line || !take_line(*line, cursors)) {
      return fail(ErrorCode::invalid, fmt::format("is damaged in line {}", number));
    }
  }
}

}  // namespace logd
