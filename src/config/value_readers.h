// Takes one value of logd.toml into a setting, if it has the right kind and range.
//
// Errors of all: invalid, with a message that says what is expected. Pure, but for the time zones,
// which are the system's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/size_text.h"
#include "config/toml_tree.h"
#include "logd/config.h"
#include "logd/result.h"

namespace logd {

template <typename T>
struct Range {
  T least;
  T most;
};

using SizeRange = Range<std::uint64_t>;
using DurationRange = Range<std::chrono::milliseconds>;

Result<void> read_bool(const TomlValue& from, bool& to);
Result<void> read_string(const TomlValue& from, std::string& to);  // not empty
Result<void> read_path(const TomlValue& from, std::string& to);    // absolute
Result<void> read_integer(const TomlValue& from, Range<std::int64_t> range, std::int64_t& to);
Result<void> read_size(const TomlValue& from, SizeRange range, std::uint64_t& to);
Result<void> read_duration(const TomlValue& from, DurationRange range,
                           std::chrono::milliseconds& to);

// "off" is nothing.
Result<void> read_size_or_off(const TomlValue& from, SizeRange range,
                              std::optional<std::uint64_t>& to);
Result<void> read_duration_or_off(const TomlValue& from, DurationRange range,
                                  std::optional<std::chrono::milliseconds>& to);
// A whole number, or `word` for nothing.
Result<void> read_integer_or(const TomlValue& from, std::string_view word,
                             Range<std::int64_t> range, std::optional<std::uint64_t>& to);

Result<void> read_size_or_percent(const TomlValue& from, SizeOrPercent& to);
Result<void> read_sync(const TomlValue& from, SyncPolicy& to);
Result<void> read_schedule(const TomlValue& from, std::string& to);   // parse_schedule takes it
Result<void> read_time_zone(const TomlValue& from, std::string& to);  // TimeZone::find takes it
Result<void> read_listen(const TomlValue& from, std::string& to);     // "off" or an address
Result<void> read_users(const TomlValue& from, std::vector<std::string>& to);

Result<void> read_count(const TomlValue& from, Range<std::int64_t> range, std::uint64_t& to);
Result<void> read_one_of(const TomlValue& from, const std::vector<std::string>& words,
                         std::string& to);
// A list of texts, or one alone.
Result<void> read_names(const TomlValue& from, std::vector<std::string>& to);

bool is_empty_text(const TomlValue& from);
// An empty text: as if it were not there.
template <typename Read>
Result<void> read_or_none(const TomlValue& from, std::string& to, const Read& read) {
  if (!is_empty_text(from)) return read(from, to);
  to.clear();
  return {};
}

// Reads `from` by `read`, and where it is the text of a variable, as what it is in TOML too: a
// variable can hold nothing but text.
template <typename Read>
Result<void> read_any(const TomlValue& from, const Read& read) {
  Result<void> taken = read(from);
  const auto* text = from.get<std::string>();
  if (taken || !from.is_from_variable || text == nullptr) return taken;
  const std::optional<TomlValue> meant = parse_toml_value(*text);
  return meant ? read(*meant) : taken;
}

// Index of the word among `words`.
Result<std::size_t> read_word(const TomlValue& from, const std::vector<std::string>& words);

template <typename Enum>
Result<void> read_enum(const TomlValue& from, const std::vector<std::string>& words, Enum& to) {
  LOGD_TRY_ASSIGN(const std::size_t index, read_word(from, words));
  to = static_cast<Enum>(index);
  return {};
}

}  // namespace logd
