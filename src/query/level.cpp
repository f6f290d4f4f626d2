// SPDX-License-Identifier: Apache-2.0
#include "query/level.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "base/closest.h"
#include "query/escape.h"

namespace logd {
namespace {

constexpr std::size_t kLeadingBytes = 256;
constexpr std::size_t kMaxNameBytes = 11;  // "information", "emergency"

struct NamedLevel {
  std::string_view name;
  Level level;
};
constexpr std::array<NamedLevel, 31> kNames = {{
    {"trace", Level::trace},      {"trce", Level::trace},   {"verbose", Level::trace},
    {"vrb", Level::trace},        {"finest", Level::trace}, {"silly", Level::trace},
    {"debug", Level::debug},      {"dbug", Level::debug},   {"dbg", Level::debug},
    {"fine", Level::debug},       {"info", Level::info},    {"inf", Level::info},
    {"information", Level::info}, {"notice", Level::info},  {"warn", Level::warn},
    {"wrn", Level::warn},         {"warning", Level::warn}, {"error", Level::error},
    {"err", Level::error},        {"erro", Level::error},   {"eror", Level::error},
    {"fail", Level::error},       {"severe", Level::error}, {"fatal", Level::fatal},
    {"ftl", Level::fatal},        {"crit", Level::fatal},   {"critical", Level::fatal},
    {"panic", Level::fatal},      {"emerg", Level::fatal},  {"emergency", Level::fatal},
    {"alert", Level::fatal},
}};
constexpr std::array<std::string_view, 6> kLevels = {"trace", "debug", "info",
                                                     "warn",  "error", "fatal"};
constexpr std::array<std::string_view, 9> kKeys = {"level",     "severity",      "lvl",
                                                   "loglevel",  "log_level",     "log.level",
                                                   "levelname", "severity_text", "severitytext"};
constexpr std::array<Level, 8> kSyslog = {Level::fatal, Level::fatal, Level::fatal, Level::error,
                                          Level::warn,  Level::info,  Level::info,  Level::debug};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

bool is_same_word(std::string_view text, std::string_view lower_word) {
  return text.size() == lower_word.size() &&
         std::equal(text.begin(), text.end(), lower_word.begin(),
                    [](char a, char b) { return lower(a) == b; });
}

std::optional<Level> level_named(std::string_view text) {
  if (text.size() < 3 || text.size() > kMaxNameBytes) return std::nullopt;
  for (const NamedLevel& known : kNames) {
    if (is_same_word(text, known.name)) return known.level;
  }
  return std::nullopt;
}

std::optional<Level> level_numbered(std::string_view text) {
  unsigned number = 0;
  const char* const end = text.data() + text.size();
  const auto [to, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || to != end) return std::nullopt;
  if (number < kSyslog.size()) return kSyslog[number];
  if (number % 10 != 0 || number > 60) return std::nullopt;
  return static_cast<Level>(number / 10 - 1);
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<Level> level_of_value(std::string_view value) {
  value = trimmed(value);
  if (const auto level = level_named(value)) return level;
  return level_numbered(value);
}

bool is_level_key(std::string_view key) {
  return key.size() >= 3 && key.size() <= 13 &&
         std::any_of(kKeys.begin(), kKeys.end(),
                     [&](std::string_view known) { return is_same_word(key, known); });
}

// "Nov", "Mon", "UTC", "CEST", "T", "Z", "PM" between the digits of a time.
bool is_word_of_time(std::string_view word) {
  constexpr std::string_view kWords =
      " jan feb mar apr may jun jul aug sep oct nov dec mon tue wed thu fri sat sun am pm t z utc "
      "gmt cet cest eet eest wet west bst ist est edt cst cdt mst mdt pst pdt jst msk ";
  if (word.empty() || word.size() > 4) return false;
  std::string padded = " ";
  for (const char c : word) padded += lower(c);
  return kWords.find(padded + ' ') != std::string_view::npos;
}

// Digits and punctuation, with T and Z or a name of a month among them; not only punctuation.
bool is_time(std::string_view token, bool after_time) {
  bool has_digit = false;
  for (std::size_t i = 0; i < token.size();) {
    if (is_letter(token[i])) {
      std::size_t end = i;
      while (end < token.size() && is_letter(token[end])) ++end;
      if (!is_word_of_time(token.substr(i, end - i))) return false;
      i = end;
      continue;
    }
    if (!is_digit(token[i]) && std::string_view("-:.,/+").find(token[i]) == std::string_view::npos)
      return false;
    has_digit |= is_digit(token[i]);
    ++i;
  }
  // A name of a month may come first: "Nov 22 10:00:00".
  return has_digit || (after_time ? is_letter(token.empty() ? ' ' : token[0])
                                  : token.size() == 3 && is_word_of_time(token));
}

// Reads the begin of a line, token by token.
class Leading {
 public:
  explicit Leading(std::string_view line) {
    line = line.substr(0, kLeadingBytes);
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::size_t length = colour_length(line.substr(i));
      if (length > 0) {
        i += length - 1;
      } else {
        text_[size_++] = line[i] == '\t' ? ' ' : line[i];
      }
    }
  }

  std::optional<Level> level() {
    skip_spaces();
    if (const auto level = take_priority()) return level;
    if (const auto level = klog()) return level;
    if (const auto level = ruby()) return level;
    take_time();
    for (int brackets = 0; rest().starts_with('['); ++brackets) {
      const std::size_t end = rest().find(']');
      if (end == std::string_view::npos || brackets == 3) return std::nullopt;
      if (const auto level = in_brackets(rest().substr(1, end - 1))) return level;
      at_ += end + 1;
      skip_spaces();
      if (brackets == 0) take_time();
    }
    if (rest().starts_with("- ")) skip_name();
    return word();
  }

 private:
  std::string_view rest() const { return std::string_view(text_.data(), size_).substr(at_); }
  void skip_spaces() {
    while (at_ < size_ && text_[at_] == ' ') ++at_;
  }
  std::string_view token() const { return rest().substr(0, rest().find_first_of(" [")); }

  void take_time() {
    for (bool after_time = false; is_time(token(), after_time); after_time = true) {
      at_ += token().size();
      skip_spaces();
    }
  }

  // "<3>text": what sd-daemon(3) and syslog write.
  std::optional<Level> take_priority() {
    if (!rest().starts_with('<')) return std::nullopt;
    unsigned priority = 0;
    const std::string_view text = rest();
    const auto [to, error] = std::from_chars(text.data() + 1, text.data() + text.size(), priority);
    const bool is_closed = to != text.data() + text.size() && *to == '>';
    if (error != std::errc() || !is_closed || priority > 191) return std::nullopt;
    return kSyslog[priority % 8];
  }

  // "E1122 10:00:00.123456"
  std::optional<Level> klog() const {
    const std::string_view text = rest();
    if (text.size() < 9 || text[5] != ' ' || !is_digit(text[6])) return std::nullopt;
    if (!std::all_of(text.begin() + 1, text.begin() + 5, is_digit)) return std::nullopt;
    return level_of_letter(text[0], "IWEF");
  }

  // "E, [2026-11-22T10:00:00.123456 #123] ERROR -- : text"
  std::optional<Level> ruby() const {
    const std::string_view text = rest();
    if (text.size() < 5 || text.substr(1, 3) != ", [" || !is_digit(text[4])) return std::nullopt;
    return level_of_letter(text[0], "DIWEF");
  }

  static std::optional<Level> level_of_letter(char letter, std::string_view known) {
    if (known.find(letter) == std::string_view::npos) return std::nullopt;
    switch (letter) {
      case 'D':
        return Level::debug;
      case 'I':
        return Level::info;
      case 'W':
        return Level::warn;
      case 'E':
        return Level::error;
      default:
        return Level::fatal;
    }
  }

  // "error", "10:00:00 INF", "2026-11-22T10:00:00Z INFO  crate"
  static std::optional<Level> in_brackets(std::string_view content) {
    content = trimmed(content);
    bool after_time = false;
    while (true) {
      const std::string_view token = content.substr(0, content.find(' '));
      if (!is_time(token, after_time)) break;
      content = trimmed(content.substr(token.size()));
      after_time = true;
    }
    const std::string_view token = content.substr(0, content.find(' '));
    return after_time || token == content ? level_named(token) : std::nullopt;
  }

  // "- name - "
  void skip_name() {
    const std::size_t end = rest().find(" - ", 2);
    if (end == std::string_view::npos || rest().substr(2, end - 2).find(' ') != std::string::npos) {
      at_ += 2;
      skip_spaces();
      return;
    }
    at_ += end + 3;
    skip_spaces();
  }

  std::optional<Level> word() const {
    std::string_view text = rest();
    const bool in_bars = text.starts_with('|');
    if (in_bars) text = trimmed(text.substr(1));
    const auto* const end = std::find_if_not(text.begin(), text.end(), is_letter);
    const std::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    const auto level = level_named(word);
    if (!level) return std::nullopt;
    const std::string_view behind = trimmed(text.substr(word.size(), kMaxNameBytes));
    const bool is_marked = text.substr(word.size()).starts_with(':') || behind.starts_with('|');
    const bool is_alone = text.size() == word.size() || text[word.size()] == ' ';
    const bool is_capitals = std::all_of(word.begin(), word.end(), is_upper);
    return is_marked || (is_alone && is_capitals) ? level : std::nullopt;
  }

  std::array<char, kLeadingBytes> text_{};  // without colours
  std::size_t size_ = 0;
  std::size_t at_ = 0;
};

// Whether the first token of the line, or the first behind a time, is a pair.
bool begins_with_pair(std::string_view line) {
  for (bool after_time = false;;) {
    line = trimmed(line);
    const std::string_view token = line.substr(0, line.find(' '));
    const std::size_t equals = token.find('=');
    if (equals != std::string_view::npos) {
      return equals > 0 && (is_letter(token[0]) || token[0] == '_' || token[0] == '@') &&
             token.find_first_of("\"/?&:([") >= equals;
    }
    if (token.empty() || token.size() > 40 || !is_time(token, after_time)) return false;
    after_time = true;
    line.remove_prefix(token.size());
  }
}

}  // namespace

std::string_view level_name(Level level) { return kLevels[static_cast<std::size_t>(level)]; }

Result<Level> parse_level(std::string_view text) {
  if (const auto level = level_named(text)) return *level;
  std::string shown;
  append_visible(shown, text.substr(0, 40), Colours::strip);
  const auto meant = closest(text, std::vector<std::string>(kLevels.begin(), kLevels.end()));
  return fail(ErrorCode::invalid,
              fmt::format("--level is trace, debug, info, warn, error or fatal, not '{}'{}", shown,
                          meant ? fmt::format("; did you mean {}?", *meant) : ""));
}

std::optional<Level> level_of(LineFields& fields, std::string_view line) {
  std::optional<Level> level;
  const auto take = [&](std::string_view key, std::string_view value) {
    if (is_level_key(key)) level = level_of_value(value);
    return level.has_value();
  };
  if (fields.is_json()) {
    if (fields.each(take)) return level;
    if (line.find("\"log\"") == std::string_view::npos) return std::nullopt;
    fields.values_of("log.level", take);
    return level;
  }
  if (begins_with_pair(line)) {
    fields.each(take);
    return level;
  }
  return Leading(line).level();
}

}  // namespace logd
