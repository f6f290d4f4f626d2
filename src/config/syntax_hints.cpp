// SPDX-License-Identifier: Apache-2.0
#include "config/syntax_hints.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <initializer_list>

namespace logd {
namespace {

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kBareKey =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
constexpr std::array<std::string_view, 6> kCurlyQuotes = {"“", "”", "„", "‘", "’", "«"};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string_view without_comment(std::string_view value) {
  return trimmed(value.substr(0, value.find('#')));
}

std::string without(std::string_view text, char unwanted) {
  std::string result(text);
  std::erase(result, unwanted);
  return result;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// The column at which `part`, which points into `line`, begins.
std::uint32_t column_of(std::string_view line, std::string_view part) {
  const std::string_view before =
      line.substr(0, static_cast<std::size_t>(part.data() - line.data()));
  const auto begins_character = [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  };
  return 1 +
         static_cast<std::uint32_t>(std::count_if(before.begin(), before.end(), begins_character));
}

bool is_bare_key(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kBareKey) == std::string_view::npos;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// What a number with a unit is meant to be.
enum class Quantity { none, size, duration };

Quantity quantity_of(std::string_view key, std::string_view value) {
  const std::size_t unit_at = value.find_first_not_of("0123456789.");
  if (unit_at == 0 || unit_at == std::string_view::npos) return Quantity::none;
  const std::string unit = lower(trimmed(value.substr(unit_at)));
  const bool is_size_unit = is_one_of(unit, {"b", "k", "m", "g", "t", "kb", "mb", "gb", "tb", "ki",
                                             "mi", "gi", "ti", "kib", "mib", "gib", "tib", "%"});
  const bool is_time_unit =
      is_one_of(unit, {"ms", "s", "sec", "m", "min", "h", "d", "w", "day", "days", "hours"});
  const bool is_size_key = key.find("size") != std::string_view::npos ||
                           is_one_of(key, {"max_line", "max_disk", "max_escrow", "min_free"});
  if (is_size_unit && (is_size_key || !is_time_unit)) return Quantity::size;
  return is_time_unit ? Quantity::duration : Quantity::none;
}

std::string in_quotes(std::string_view key, std::string_view value) {
  return fmt::format("{} = \"{}\"", key, value);
}

// `value` as it may stand behind a '=': in quotes unless it is a number or the like.
std::string assignment(std::string_view key, std::string_view value) {
  const bool is_plain = value.find_first_not_of("0123456789_") == std::string_view::npos ||
                        is_one_of(value, {"true", "false"}) ||
                        std::string_view("\"'[{").find(value.front()) != std::string_view::npos;
  return is_plain ? fmt::format("{} = {}", key, value) : in_quotes(key, value);
}

// `value` is all digits, dots, commas and the like.
std::optional<std::string> about_number(std::string_view key, std::string_view value) {
  if (value.find_first_not_of("0123456789,._") != std::string_view::npos) return std::nullopt;
  if (value.find(',') != std::string_view::npos)
    return fmt::format("a number has no commas: {} = {}", key, without(value, ','));
  if (value.front() != '0') return std::nullopt;
  const std::size_t first = std::min(value.find_first_not_of('0'), value.size() - 1);
  return fmt::format("a number has no zeros in front: {} = {}", key, value.substr(first));
}

// `value` has no quotes.
std::string about_bare_value(std::string_view key, std::string_view value) {
  if (value.ends_with(',') || value.ends_with(';')) {
    return fmt::format("there is no '{}' at the end of a line: {} = {}", value.back(), key,
                       trimmed(value.substr(0, value.size() - 1)));
  }
  const Quantity quantity = quantity_of(key, value);
  if (quantity == Quantity::size) return "sizes are strings: " + in_quotes(key, value);
  if (quantity == Quantity::duration) return "durations are strings: " + in_quotes(key, value);
  const std::string word = lower(value);
  if (is_one_of(word, {"true", "yes", "enabled"})) return fmt::format("write {} = true", key);
  if (is_one_of(word, {"false", "no", "disabled"})) return fmt::format("write {} = false", key);
  if (is_one_of(word, {"null", "nil", "undefined"}))
    return fmt::format("there is no {}: take the line away, or say what {} is", value, key);
  if (auto message = about_number(key, value)) return *message;
  return "text stands in quotes: " + in_quotes(key, value);
}

// `value` begins with a quote.
std::optional<std::string> about_quoted_value(std::string_view key, std::string_view value,
                                              const TomlProblem& problem) {
  if (value.starts_with(R"(""")") || value.starts_with("'''")) return std::nullopt;
  const char quote = value.front();
  std::size_t end = 1;
  while (end < value.size() && value[end] != quote)
    end += quote == '"' && value[end] == '\\' ? std::size_t{2} : std::size_t{1};
  if (end >= value.size()) return fmt::format("the quote behind {} is not closed", key);
  if (problem.message.find("escape") != std::string::npos) {
    return fmt::format(
        "a backslash begins an escape here; in single quotes it stands for itself: {} = '{}'", key,
        value.substr(1, end - 1));
  }
  const std::string_view rest = without_comment(value.substr(end + 1));
  if (rest.empty()) return std::nullopt;
  if (rest == "," || rest == ";") return fmt::format("there is no '{}' at the end of a line", rest);
  return fmt::format("there is more behind the value of {}: {}", key, rest);
}

std::optional<SyntaxHint> about_header(std::string_view line, std::string_view text) {
  const auto hint = [&](std::string message) {
    return SyntaxHint{column_of(line, text), std::move(message), false};
  };
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos)
    return hint(fmt::format("the ']' is missing: {}]", without_comment(text)));
  const std::string_view name = trimmed(text.substr(1, end - 1));
  const std::size_t between = name.find_first_of(" \t:/");
  if (between == std::string_view::npos || name.find_first_of("\"'[") != std::string_view::npos)
    return std::nullopt;
  return hint(fmt::format("the settings of one process stand under [process.NAME]: [process.{}]",
                          trimmed(name.substr(between + 1))));
}

// Other formats, by how the line begins.
std::optional<std::string> about_format(std::string_view text) {
  if (text.front() == ';' || text.starts_with("//")) return "comments begin with '#'";
  if (text.front() == '{' || text.front() == '}')
    return "this is JSON; logd.toml is TOML: key = value";
  if (text.starts_with("---")) return "this is YAML; logd.toml is TOML: key = value";
  if (text.starts_with("- ")) return "this is YAML; a list in TOML: key = [\"a\", \"b\"]";
  if (text.front() == '<') return "this is XML; logd.toml is TOML: key = value";
  if (text.starts_with("export ")) return "this is a shell's; write key = value";
  return std::nullopt;
}

// The line has no '='.
std::optional<SyntaxHint> about_no_equals(std::string_view line, std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of(kBareKey), text.size());
  const std::string_view key = text.substr(0, end);
  if (key.empty()) return std::nullopt;
  const auto hint = [&](std::string message, bool is_of_line_only = true) {
    return SyntaxHint{column_of(line, text), std::move(message), is_of_line_only};
  };
  const std::string_view rest = trimmed(text.substr(end));
  if (rest.empty() || rest.front() == '#')
    return hint(fmt::format("{} has no value: write {} = ...", key, key));
  if (rest.front() != ':')
    return hint("the '=' is missing: " + assignment(key, without_comment(rest)));
  const std::string_view value = without_comment(rest.substr(1));
  if (value.empty())
    return hint(fmt::format("this is YAML; a table in TOML begins with [{}]", key), false);
  return hint("this is YAML; in TOML: " + assignment(key, value));
}

std::optional<SyntaxHint> about_assignment(std::string_view line, std::string_view text,
                                           const TomlProblem& problem) {
  const std::size_t equals = text.find('=');
  const std::string_view key = trimmed(text.substr(0, equals));
  const std::string_view value = trimmed(text.substr(equals + 1));
  const auto at = [&](std::string_view part, std::string message) {
    return SyntaxHint{column_of(line, part), std::move(message), true};
  };
  if (key.empty()) return at(text, "there is no key before the '='");
  if (key.find_first_of("\"'") != std::string_view::npos) return std::nullopt;
  if (key.ends_with(':') || value.starts_with('='))
    return at(text, "a key and its value stand on both sides of one '='");
  if (!is_bare_key(key))
    return at(text, fmt::format("'{}' is no key: letters, digits and '_'", key));
  if (value.empty() || value.front() == '#')
    return at(text, fmt::format("{} has no value: write {} = ...", key, key));
  for (const std::string_view quote : kCurlyQuotes) {
    if (value.starts_with(quote))
      return at(value, fmt::format("{} is a typesetter's quote: write {} = \"...\"", quote, key));
  }
  if (value.front() == '[' || value.front() == '{') return std::nullopt;
  if (value.front() != '"' && value.front() != '\'')
    return at(value, about_bare_value(key, without_comment(value)));
  auto message = about_quoted_value(key, value, problem);
  return message ? std::optional(at(value, std::move(*message))) : std::nullopt;
}

}  // namespace

std::optional<SyntaxHint> syntax_hint(std::string_view line, const TomlProblem& problem) {
  const std::string_view text = trimmed(line);
  if (text.empty() || problem.message.find("redefine") != std::string::npos) return std::nullopt;
  if (auto message = about_format(text)) {
    const bool is_comment = text.front() == ';' || text.front() == '/';
    return SyntaxHint{column_of(line, text), std::move(*message), is_comment};
  }
  if (text.front() == '[') return about_header(line, text);
  if (text.find('=') != std::string_view::npos) return about_assignment(line, text, problem);
  return about_no_equals(line, text);
}

}  // namespace logd
