// SPDX-License-Identifier: Apache-2.0
#include "base/size_text.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <cmath>
#include <limits>
#include <optional>

namespace logd {
namespace {

constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};

// Power of 1024 of `unit`; nothing for what is none.
std::optional<std::size_t> power_of(std::string_view unit) {
  std::string lower;
  for (const char c : unit) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower.empty() || lower == "b" || lower == "bytes") return 0;
  const std::string_view rest = std::string_view(lower).substr(1);
  if (!rest.empty() && rest != "b" && rest != "i" && rest != "ib") return std::nullopt;
  constexpr std::string_view kLetters = "kmgt";
  const std::size_t at = kLetters.find(lower.front());
  if (at == std::string_view::npos) return std::nullopt;
  return at + 1;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Unexpected not_a_size(std::string_view text) {
  return fail(
      ErrorCode::invalid,
      fmt::format("\"{}\" is not a size; write for example \"10MiB\", \"512K\" or \"4096\"", text));
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  std::size_t at = 0;
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t whole = 0;
  bool is_too_large = false;
  while (at < text.size() && is_digit(text[at])) {
    const auto digit = static_cast<std::uint64_t>(text[at++] - '0');
    is_too_large = is_too_large || whole > (kMax - digit) / 10;
    whole = whole * 10 + digit;
  }
  if (at == 0) return not_a_size(text);
  double fraction = 0;
  if (at < text.size() && text[at] == '.') {
    const std::size_t first = ++at;
    for (double place = 0.1; at < text.size() && is_digit(text[at]); place /= 10) {
      fraction += place * (text[at++] - '0');
    }
    if (at == first) return not_a_size(text);
  }
  while (at < text.size() && text[at] == ' ') ++at;
  const std::optional<std::size_t> power = power_of(text.substr(at));
  if (!power) return not_a_size(text);
  const std::uint64_t unit = std::uint64_t{1} << (10 * *power);
  if (is_too_large || whole > kMax / unit - 1) {
    return fail(ErrorCode::invalid, fmt::format("\"{}\" is too large a size", text));
  }
  return whole * unit +
         static_cast<std::uint64_t>(std::llround(fraction * static_cast<double>(unit)));
}

std::string size_text(std::uint64_t bytes) {
  if (bytes == 0) return "0";
  std::size_t power = 0;
  while (power + 1 < kUnits.size() && bytes % 1024 == 0) {
    bytes /= 1024;
    ++power;
  }
  return fmt::format("{}{}", bytes, kUnits[power]);
}

std::string short_size_text(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{}B", bytes);
  auto value = static_cast<double>(bytes);
  std::size_t power = 0;
  // 999.5 and more would round to four digits.
  while (power + 1 < kUnits.size() && value >= 999.5) {
    value /= 1024;
    ++power;
  }
  const int digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}{}", value, digits, kUnits[power]);
}

}  // namespace logd
