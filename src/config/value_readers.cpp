// SPDX-License-Identifier: Apache-2.0
#include "config/value_readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/closest.h"
#include "base/duration_text.h"
#include "base/schedule.h"
#include "base/socket_address.h"
#include "base/time_zone.h"

namespace logd {
namespace {

Unexpected wrong(std::string message) { return fail(ErrorCode::invalid, std::move(message)); }

Unexpected expected(std::string_view what, const TomlValue& from) {
  return wrong(fmt::format("must be {}, not {}", what, kind_of(from)));
}

bool is_off(const TomlValue& from) {
  const auto* text = from.get<std::string>();
  return text != nullptr && *text == "off";
}

std::string quoted_list(const std::vector<std::string>& words) {
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) list += i + 1 == words.size() ? " or " : ", ";
    list += "\"" + words[i] + "\"";
  }
  return list;
}

// Parses "5%"; nothing if it does not end so.
std::optional<Result<double>> parse_percent(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  double percent = 0;
  const char* end = text.data() + text.size() - 1;
  const auto [parsed_to, error] = std::from_chars(text.data(), end, percent);
  if (error != std::errc() || parsed_to != end || !(percent >= 0 && percent < 100)) {
    return wrong(fmt::format("\"{}\" is not a share; write for example \"5%\"", text));
  }
  return percent;
}

}  // namespace

Result<void> read_bool(const TomlValue& from, bool& to) {
  const bool* value = from.get<bool>();
  if (value == nullptr) return expected("true or false, without quotes", from);
  to = *value;
  return {};
}

Result<void> read_string(const TomlValue& from, std::string& to) {
  const auto* value = from.get<std::string>();
  if (value == nullptr) return expected("a string in quotes", from);
  if (value->empty()) return wrong("must not be empty");
  if (value->find('\0') != std::string::npos) return wrong("must not hold a NUL");
  to = *value;
  return {};
}

Result<void> read_path(const TomlValue& from, std::string& to) {
  std::string path;
  LOGD_TRY(read_string(from, path));
  if (path.front() != '/') return wrong("must be an absolute path, one that begins with \"/\"");
  to = std::move(path);
  return {};
}

Result<void> read_integer(const TomlValue& from, Range<std::int64_t> range, std::int64_t& to) {
  const auto* value = from.get<std::int64_t>();
  if (value == nullptr) return expected("a whole number, without quotes", from);
  if (*value < range.least || *value > range.most) {
    return wrong(fmt::format("must be from {} to {}, not {}", range.least, range.most, *value));
  }
  to = *value;
  return {};
}

Result<void> read_size(const TomlValue& from, SizeRange range, std::uint64_t& to) {
  std::uint64_t bytes = 0;
  if (const auto* number = from.get<std::int64_t>(); number != nullptr && *number >= 0) {
    bytes = static_cast<std::uint64_t>(*number);
  } else if (const auto* text = from.get<std::string>()) {
    LOGD_TRY_ASSIGN(bytes, parse_size(*text));
  } else {
    return expected("a size such as \"10MiB\"", from);
  }
  if (bytes < range.least || bytes > range.most) {
    return wrong(fmt::format("must be from {} to {}, not {}", size_text(range.least),
                             size_text(range.most), size_text(bytes)));
  }
  to = bytes;
  return {};
}

Result<void> read_duration(const TomlValue& from, DurationRange range,
                           std::chrono::milliseconds& to) {
  if (const auto* number = from.get<std::int64_t>(); number != nullptr && *number != 0) {
    return wrong(fmt::format("has no unit; write for example \"{}s\", in quotes", *number));
  }
  std::chrono::milliseconds duration{0};
  if (const auto* text = from.get<std::string>()) {
    LOGD_TRY_ASSIGN(duration, parse_duration(*text));
  } else if (from.get<std::int64_t>() == nullptr) {
    return expected("a duration such as \"5s\"", from);
  }
  if (duration < range.least || duration > range.most) {
    return wrong(fmt::format("must be from {} to {}, not {}", duration_text(range.least),
                             duration_text(range.most), duration_text(duration)));
  }
  to = duration;
  return {};
}

Result<void> read_size_or_off(const TomlValue& from, SizeRange range,
                              std::optional<std::uint64_t>& to) {
  std::uint64_t bytes = 0;
  if (is_off(from)) {
    to.reset();
    return {};
  }
  LOGD_TRY(read_size(from, range, bytes));
  to = bytes;
  return {};
}

Result<void> read_duration_or_off(const TomlValue& from, DurationRange range,
                                  std::optional<std::chrono::milliseconds>& to) {
  std::chrono::milliseconds duration{0};
  if (is_off(from)) {
    to.reset();
    return {};
  }
  LOGD_TRY(read_duration(from, range, duration));
  to = duration;
  return {};
}

Result<void> read_integer_or(const TomlValue& from, std::string_view word,
                             Range<std::int64_t> range, std::optional<std::uint64_t>& to) {
  if (const auto* text = from.get<std::string>(); text != nullptr && *text == word) {
    to.reset();
    return {};
  }
  if (from.get<std::int64_t>() == nullptr) {
    return wrong(fmt::format("must be a whole number without quotes, or \"{}\"", word));
  }
  std::int64_t number = 0;
  LOGD_TRY(read_integer(from, range, number));
  to = static_cast<std::uint64_t>(number);
  return {};
}

namespace {

bool is_bare_number(const TomlValue& from) {
  const auto* text = from.get<std::string>();
  return text == nullptr || text->find_first_not_of("0123456789. ") == std::string::npos;
}

// Nobody means so few bytes: a share has lost its '%', or a size its unit.
Unexpected lacks_percent(std::uint64_t bytes) {
  constexpr std::uint64_t kMostPercent = 99;
  if (bytes > kMostPercent) {
    return wrong(fmt::format("{} bytes are next to nothing; write for example \"{}MiB\" or \"5%\"",
                             bytes, bytes));
  }
  return wrong(fmt::format("{} bytes are next to nothing; did you mean \"{}%\"?", bytes, bytes));
}

}  // namespace

Result<void> read_size_or_percent(const TomlValue& from, SizeOrPercent& to) {
  constexpr SizeRange kAny{0, std::uint64_t{1} << 60};
  if (const auto* text = from.get<std::string>()) {
    if (const auto percent = parse_percent(*text)) {
      if (!*percent) return fail(percent->error());
      to = {0, **percent};
      return {};
    }
  }
  SizeOrPercent size;
  LOGD_TRY(read_size(from, kAny, size.bytes));
  if (size.bytes > 0 && size.bytes < 1_MiB && is_bare_number(from))
    return lacks_percent(size.bytes);
  to = size;
  return {};
}

Result<void> read_sync(const TomlValue& from, SyncPolicy& to) {
  constexpr DurationRange kRange{std::chrono::milliseconds(10), std::chrono::hours(1)};
  const auto* text = from.get<std::string>();
  if (text == nullptr) {
    return expected("\"never\", \"batch\" or a duration such as \"5s\"", from);
  }
  if (*text == "never") {
    to.mode = SyncMode::never;
  } else if (*text == "batch") {
    to.mode = SyncMode::batch;
  } else {
    if (text->find_first_of("0123456789") != 0) {
      return wrong(fmt::format(
          "\"{}\" is neither \"never\" nor \"batch\" nor a duration such as \"5s\"", *text));
    }
    LOGD_TRY(read_duration(from, kRange, to.interval));
    to.mode = SyncMode::interval;
  }
  return {};
}

Result<void> read_schedule(const TomlValue& from, std::string& to) {
  std::string text;
  if (from.get<std::string>() == nullptr) {
    return expected("a schedule such as \"@daily\", \"0 3 * * *\" or \"every 6h\"", from);
  }
  LOGD_TRY(read_string(from, text));
  if (const auto schedule = parse_schedule(text); !schedule) return fail(schedule.error());
  to = std::move(text);
  return {};
}

Result<void> read_time_zone(const TomlValue& from, std::string& to) {
  std::string name;
  LOGD_TRY(read_string(from, name));
  LOGD_TRY(check_time_zone(name));
  to = std::move(name);
  return {};
}

Result<void> read_listen(const TomlValue& from, std::string& to) {
  std::string text;
  LOGD_TRY(read_string(from, text));
  if (text != "off") {
    const auto address = parse_socket_address(text);
    if (!address) return fail(address.error());
  }
  to = std::move(text);
  return {};
}

Result<void> read_users(const TomlValue& from, std::vector<std::string>& to) {
  const auto* items = from.get<TomlValue::Array>();
  if (items == nullptr) return expected("a list of users such as [\"web\", 1000]", from);
  std::vector<std::string> users;
  for (const TomlValue& item : *items) {
    if (const auto* number = item.get<std::int64_t>(); number != nullptr && *number >= 0) {
      users.push_back(std::to_string(*number));
    } else if (const auto* name = item.get<std::string>(); name != nullptr && !name->empty()) {
      users.push_back(*name);
    } else {
      return wrong("must be a list of user names or numbers");
    }
  }
  to = std::move(users);
  return {};
}

Result<std::size_t> read_word(const TomlValue& from, const std::vector<std::string>& words) {
  const auto* text = from.get<std::string>();
  if (text == nullptr) return expected(quoted_list(words), from);
  const auto found = std::find(words.begin(), words.end(), *text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  std::string message = fmt::format("must be {}, not \"{}\"", quoted_list(words), *text);
  if (const auto meant = closest(*text, words)) message += "; did you mean \"" + *meant + "\"?";
  return wrong(std::move(message));
}

Result<void> read_count(const TomlValue& from, Range<std::int64_t> range, std::uint64_t& to) {
  std::int64_t count = 0;
  LOGD_TRY(read_integer(from, range, count));
  to = static_cast<std::uint64_t>(count);
  return {};
}

Result<void> read_one_of(const TomlValue& from, const std::vector<std::string>& words,
                         std::string& to) {
  LOGD_TRY_ASSIGN(const std::size_t index, read_word(from, words));
  to = words[index];
  return {};
}

Result<void> read_names(const TomlValue& from, std::vector<std::string>& to) {
  const TomlValue::Array one{from};
  const auto* items = from.get<TomlValue::Array>();
  if (items == nullptr) items = &one;
  std::vector<std::string> names;
  for (const TomlValue& item : *items) LOGD_TRY(read_string(item, names.emplace_back()));
  to = std::move(names);
  return {};
}

bool is_empty_text(const TomlValue& from) {
  const auto* text = from.get<std::string>();
  return text != nullptr && text->empty();
}

}  // namespace logd
