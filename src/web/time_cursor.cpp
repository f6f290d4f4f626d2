// SPDX-License-Identifier: Apache-2.0
#include "web/time_cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace logd::web {
namespace {

// By then what carries a time is stored, however slow the disk.
constexpr auto kSettledAfter = std::chrono::seconds(10);
constexpr char kBackwardMark = 'r';
// Two of them together are a time still.
constexpr std::int64_t kLatest = 4'500'000'000'000'000'000;

Unexpected not_a_cursor(std::string_view text) {
  return fail(ErrorCode::invalid,
              fmt::format("cursor: '{}' is none that logd has given", text.substr(0, 80)));
}

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const bool is_time = number >= 0 && number <= kLatest;
  if (error != std::errc() || rest != end || !is_time) return std::nullopt;
  return number;
}

std::string_view take_up_to(std::string_view& text, char end) {
  const std::string_view taken = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), taken.size() + 1));
  return taken;
}

}  // namespace

TimeCursor::TimeCursor(Order order)
    : order_(order), bound_(order == Order::oldest_first ? WallTime() : WallTime::max()) {}

Result<TimeCursor> TimeCursor::parse(std::string_view text) {
  std::string_view rest = text;
  const bool is_backward = rest.starts_with(kBackwardMark);
  if (is_backward) rest.remove_prefix(1);
  TimeCursor cursor(is_backward ? Order::newest_first : Order::oldest_first);
  const auto bound = number_in(take_up_to(rest, '~'));
  if (!bound) return not_a_cursor(text);
  cursor.is_new_ = false;
  cursor.bound_ = cursor.last_ = WallTime(Nanoseconds(*bound));
  while (!rest.empty()) {
    std::string_view entry = take_up_to(rest, '~');
    const auto log = parse_log_name(std::string(take_up_to(entry, ',')));
    const auto beyond = is_backward ? std::optional<std::int64_t>(0) : number_in(entry);
    if (!log || !beyond) return not_a_cursor(text);
    cursor.beyond_[*log] = cursor.bound_ + Nanoseconds(*beyond);
  }
  return cursor;
}

bool TimeCursor::has_read(const LogName& log, WallTime time) const {
  if (is_new_) return false;
  if (time != bound_ && (time < bound_) == (order_ == Order::oldest_first)) return true;
  const auto found = beyond_.find(log);
  if (order_ == Order::newest_first) return time == bound_ && found != beyond_.end();
  return time <= bound_ || (found != beyond_.end() && time <= found->second);
}

void TimeCursor::note_read(const LogName& log, WallTime time) {
  if (order_ == Order::newest_first) {
    if (is_new_ || time < bound_) beyond_.clear();
    bound_ = is_new_ ? time : std::min(bound_, time);
    if (time == bound_) beyond_[log] = time;
  } else {
    last_ = std::max(last_, time);
    WallTime& known = beyond_[log];
    known = std::max(known, time);
  }
  is_new_ = false;
}

// All before the last line was read, if it is old enough for nothing else to come.
std::string TimeCursor::text(WallTime now) {
  if (is_new_) return {};
  if (order_ == Order::oldest_first) {
    bound_ = std::max(bound_, std::min(last_ - Nanoseconds(1), now - kSettledAfter));
    std::erase_if(beyond_, [this](const auto& entry) { return entry.second <= bound_; });
  }
  std::string text = order_ == Order::newest_first ? std::string(1, kBackwardMark) : std::string();
  text += fmt::format_int(bound_.time_since_epoch().count()).str();
  for (const auto& [log, time] : beyond_) {
    text += '~' + log.directory();
    if (order_ == Order::oldest_first) text += fmt::format(",{}", (time - bound_).count());
  }
  return text;
}

}  // namespace logd::web
