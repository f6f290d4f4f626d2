// Reads a TOML text into a small tree of values that know their place in it.
//
// Which keys there are is config_keys.h's business. toml++ and its exceptions stay behind the .cpp.
// Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace logd {

// Both from 1; a column is a character.
struct TomlPlace {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  auto operator<=>(const TomlPlace&) const = default;
};

struct TomlEntry;

struct TomlValue {
  using Array = std::vector<TomlValue>;
  using Table = std::vector<TomlEntry>;
  struct Date {};  // no key of ours takes one

  TomlPlace place;
  bool is_from_variable = false;  // a text that may stand for a value of another kind
  std::variant<Date, std::string, std::int64_t, double, bool, Array, Table> value;

  template <typename T>
  const T* get() const {
    return std::get_if<T>(&value);
  }
};

struct TomlEntry {
  std::string key;
  TomlPlace key_place;
  TomlValue value;
};

struct TomlProblem {
  TomlPlace place;
  std::string message;
};

// The table at the root, or what stands against it: the first error of syntax.
std::variant<TomlValue, TomlProblem> parse_toml(std::string_view text);

// What `text` is as the value of a key; nothing if it is none.
std::optional<TomlValue> parse_toml_value(std::string_view text);

// "a string", "a table": for messages.
std::string_view kind_of(const TomlValue& value);

// As TOML, in one line.
std::string toml_text(const TomlValue& value);

// `text` as a TOML string.
std::string toml_string(std::string_view text);

}  // namespace logd
