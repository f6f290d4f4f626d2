// SPDX-License-Identifier: Apache-2.0
#include "base/duration_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdint>

namespace logd {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};

// Largest first, as they are written; "min" is another spelling of "m".
constexpr std::array<Unit, 7> kUnits = {{{"w", 604'800'000},
                                         {"d", 86'400'000},
                                         {"h", 3'600'000},
                                         {"m", 60'000},
                                         {"min", 60'000},
                                         {"s", 1'000},
                                         {"ms", 1}}};
constexpr double kMaxMilliseconds = 3'155'760'000'000;  // 100 years: anything longer is a typo

bool is_digit(char c) { return c >= '0' && c <= '9'; }

const Unit* find_unit(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

Unexpected not_a_duration(std::string_view text) {
  return fail(ErrorCode::invalid,
              fmt::format("\"{}\" is not a duration; write for example \"500ms\", \"5s\", "
                          "\"1h30m\" or \"2d\"",
                          text));
}

// Takes digits with at most one '.' from the front of `rest`; false if there are none.
bool take_number(std::string_view& rest, double& number) {
  number = 0;
  double place = 0;
  std::size_t at = 0;
  std::size_t digits = 0;
  for (; at < rest.size(); ++at) {
    if (rest[at] == '.' && place == 0) {
      place = 1;
    } else if (is_digit(rest[at])) {
      ++digits;
      number = number * 10 + (rest[at] - '0');
      place *= 10;
    } else {
      break;
    }
  }
  if (place > 0) number /= place;
  rest.remove_prefix(at);
  return digits > 0;
}

std::string_view take_letters(std::string_view& rest) {
  std::size_t letters = 0;
  while (letters < rest.size() && !is_digit(rest[letters]) && rest[letters] != ' ') ++letters;
  const std::string_view taken = rest.substr(0, letters);
  rest.remove_prefix(letters);
  return taken;
}

std::string lower(std::string_view text) {
  std::string letters(text);
  for (char& c : letters) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return letters;
}

// In most programs where "M" is a unit of time, it is a month, and what is kept for a minute
// instead is soon lost.
Unexpected not_a_month(std::string_view text) {
  std::string minutes(text);
  std::replace(minutes.begin(), minutes.end(), 'M', 'm');
  return fail(ErrorCode::invalid, fmt::format("\"{}\": \"M\" is no unit; did you mean \"{}\", "
                                              "minutes? There are no months, write for example "
                                              "\"30d\"",
                                              text, minutes));
}

void skip_spaces(std::string_view& rest) {
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds(0);
  std::string_view rest = text;
  double total = 0;
  std::int64_t previous_unit = kUnits.front().milliseconds + 1;
  do {
    double number = 0;
    if (!take_number(rest, number)) return not_a_duration(text);
    skip_spaces(rest);
    const std::string_view name = take_letters(rest);
    if (name.empty()) {
      return fail(
          ErrorCode::invalid,
          fmt::format("\"{0}\" has no unit; write for example \"{0}s\" or \"{0}ms\"", text));
    }
    if (name == "M") return not_a_month(text);
    const Unit* unit = find_unit(lower(name));
    if (unit == nullptr || unit->milliseconds >= previous_unit) return not_a_duration(text);
    previous_unit = unit->milliseconds;
    total += number * static_cast<double>(unit->milliseconds);
    skip_spaces(rest);
  } while (!rest.empty());
  if (total > kMaxMilliseconds) {
    return fail(ErrorCode::invalid, fmt::format("\"{}\" is longer than 100 years", text));
  }
  return std::chrono::milliseconds(std::llround(total));
}

std::string duration_text(std::chrono::milliseconds duration) {
  std::int64_t rest = duration.count();
  if (rest == 0) return "0s";
  std::string text;
  for (const Unit& unit : kUnits) {
    if (unit.name == "w" || unit.name == "min") continue;
    if (rest / unit.milliseconds == 0) continue;
    text += fmt::format("{}{}", rest / unit.milliseconds, unit.name);
    rest %= unit.milliseconds;
  }
  return text;
}

}  // namespace logd
