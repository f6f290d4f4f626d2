// SPDX-License-Identifier: Apache-2.0
#include "config/toml_tree.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <exception>

namespace logd {
namespace {

TomlPlace place_of(const toml::source_region& region) {
  return {static_cast<std::uint32_t>(region.begin.line),
          static_cast<std::uint32_t>(region.begin.column)};
}

TomlValue convert(const toml::node& node) {
  TomlValue result;
  result.place = place_of(node.source());
  if (const auto* text = node.as_string()) {
    result.value = text->get();
  } else if (const auto* integer = node.as_integer()) {
    result.value = integer->get();
  } else if (const auto* number = node.as_floating_point()) {
    result.value = number->get();
  } else if (const auto* truth = node.as_boolean()) {
    result.value = truth->get();
  } else if (const auto* array = node.as_array()) {
    TomlValue::Array items;
    for (const toml::node& item : *array) items.push_back(convert(item));
    result.value = std::move(items);
  } else if (const auto* table = node.as_table()) {
    TomlValue::Table entries;
    for (const auto& [key, value] : *table) {
      entries.push_back({std::string(key.str()), place_of(key.source()), convert(value)});
    }
    result.value = std::move(entries);
  }
  return result;
}

}  // namespace

std::variant<TomlValue, TomlProblem> parse_toml(std::string_view text) {
  try {
    return convert(toml::parse(text));
  } catch (const toml::parse_error& error) {
    return TomlProblem{place_of(error.source()), std::string(error.description())};
  } catch (const std::exception& error) {
    return TomlProblem{{1, 1}, error.what()};
  }
}

std::optional<TomlValue> parse_toml_value(std::string_view text) {
  auto parsed = parse_toml("value = " + std::string(text));
  auto* root = std::get_if<TomlValue>(&parsed);
  if (root == nullptr) return std::nullopt;
  auto& entries = std::get<TomlValue::Table>(root->value);
  if (entries.size() != 1) return std::nullopt;  // it holds a newline and another key
  return std::move(entries.front().value);
}

std::string_view kind_of(const TomlValue& value) {
  constexpr std::string_view kKinds[] = {"a date",        "a string", "a number", "a number",
                                         "true or false", "a list",   "a table"};
  return kKinds[value.value.index()];
}

std::string toml_text(const TomlValue& value) {
  if (const auto* text = value.get<std::string>()) return toml_string(*text);
  if (const auto* integer = value.get<std::int64_t>()) return fmt::format("{}", *integer);
  if (const auto* number = value.get<double>()) return fmt::format("{}", *number);
  if (const auto* truth = value.get<bool>()) return *truth ? "true" : "false";
  std::string inside;
  if (const auto* items = value.get<TomlValue::Array>()) {
    for (const TomlValue& item : *items) inside += (inside.empty() ? "" : ", ") + toml_text(item);
    return "[" + inside + "]";
  }
  if (const auto* entries = value.get<TomlValue::Table>()) {
    for (const TomlEntry& entry : *entries) {
      inside += fmt::format("{}{} = {}", inside.empty() ? "" : ", ", toml_string(entry.key),
                            toml_text(entry.value));
    }
  }
  return "{ " + inside + " }";
}

std::string toml_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (byte < ' ' || byte == 0x7f) {
      quoted += fmt::format("\\u{:04X}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace logd
