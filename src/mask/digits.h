// Reads written numbers and computes the check sums that many of them share: Luhn, Verhoeff,
// weighted sums, remainders.
//
// What a number means is known by its own check: number_checks.h, iban.h, national_ids.h. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace logd {

// A number without the spaces, dots, dashes and slashes between its characters, letters in upper
// case. Empty if it is longer than any number that we know, begins or ends with one of those, or
// has two of them in a row.
class CompactNumber {
 public:
  static constexpr std::size_t kMaxCharacters = 40;

  explicit CompactNumber(std::string_view written) noexcept;

  std::string_view text() const noexcept { return {characters_.data(), size_}; }

  // The text if it is `size` digits, not all of them the same; else empty. Counters and fillers
  // such as 000000000 would pass many a check sum.
  std::string_view digits(std::size_t size) const noexcept;

 private:
  std::array<char, kMaxCharacters> characters_{};
  std::size_t size_ = 0;
};

// All of these take digits only, and none is too long for its result.
constexpr int digit(char c) noexcept { return c - '0'; }
int number(std::string_view digits) noexcept;
int remainder(std::string_view digits, int divisor) noexcept;
// Of the first weights.size() digits.
int weighted_sum(std::string_view digits, std::span<const int> weights) noexcept;

// A shape says of each character what it is: 9 a digit, A an upper case letter, * either.
bool has_shape(std::string_view text, std::string_view shape) noexcept;

bool is_all_digits(std::string_view text) noexcept;
bool is_one_repeated(std::string_view text) noexcept;

// The last digit is the check digit (ISO/IEC 7812-1, Verhoeff 1969, ISO 7064 MOD 11,10).
bool passes_luhn(std::string_view digits) noexcept;
bool passes_verhoeff(std::string_view digits) noexcept;
bool passes_mod_11_10(std::string_view digits) noexcept;

// Of the Gregorian calendar; `year` with its century.
bool is_date(int year, int month, int day) noexcept;

}  // namespace logd
