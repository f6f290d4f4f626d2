// SPDX-License-Identifier: Apache-2.0
#include "mask/digits.h"

#include <algorithm>

#include "mask/ascii.h"

namespace logd {
namespace {

constexpr bool is_separator(char c) { return c == ' ' || c == '.' || c == '-' || c == '/'; }

// Multiplication in the dihedral group D5, and the permutation that Verhoeff applies per position.
constexpr int kVerhoeffProduct[10][10] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 4, 0, 6, 7, 8, 9, 5}, {2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
    {3, 4, 0, 1, 2, 8, 9, 5, 6, 7}, {4, 0, 1, 2, 3, 9, 5, 6, 7, 8}, {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
    {6, 5, 9, 8, 7, 1, 0, 4, 3, 2}, {7, 6, 5, 9, 8, 2, 1, 0, 4, 3}, {8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
    {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}};
constexpr int kVerhoeffPermutation[8][10] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 5, 7, 6, 2, 8, 3, 0, 9, 4}, {5, 8, 0, 3, 7, 9, 6, 1, 4, 2},
    {8, 9, 1, 6, 0, 4, 3, 5, 2, 7}, {9, 4, 5, 3, 1, 2, 6, 8, 7, 0}, {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
    {2, 7, 9, 3, 8, 0, 6, 4, 1, 5}, {7, 0, 4, 6, 9, 1, 3, 2, 5, 8}};

}  // namespace

CompactNumber::CompactNumber(std::string_view written) noexcept {
  if (written.size() > 2 * kMaxCharacters) return;
  std::size_t size = 0;
  bool is_after_separator = true;
  for (const char c : written) {
    if (is_separator(c)) {
      if (is_after_separator) return;
      is_after_separator = true;
      continue;
    }
    if (size == kMaxCharacters) return;
    characters_[size++] = ascii::to_upper(c);
    is_after_separator = false;
  }
  if (!is_after_separator) size_ = size;
}

std::string_view CompactNumber::digits(std::size_t size) const noexcept {
  const bool is_usable = size_ == size && is_all_digits(text()) && !is_one_repeated(text());
  return is_usable ? text() : std::string_view();
}

int number(std::string_view digits) noexcept {
  int value = 0;
  for (const char c : digits) value = value * 10 + digit(c);
  return value;
}

int remainder(std::string_view digits, int divisor) noexcept {
  int rest = 0;
  for (const char c : digits) rest = (rest * 10 + digit(c)) % divisor;
  return rest;
}

int weighted_sum(std::string_view digits, std::span<const int> weights) noexcept {
  int sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum += digit(digits[i]) * weights[i];
  return sum;
}

bool has_shape(std::string_view text, std::string_view shape) noexcept {
  if (text.size() != shape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_taken = (shape[i] != 'A' && ascii::is_digit(text[i])) ||
                          (shape[i] != '9' && ascii::is_upper(text[i]));
    if (!is_taken) return false;
  }
  return true;
}

bool is_all_digits(std::string_view text) noexcept {
  return !text.empty() && ascii::all_of(text, ascii::is_digit);
}

bool is_one_repeated(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [&](char c) { return c == text.front(); });
}

bool passes_luhn(std::string_view digits) noexcept {
  // The digits of 2 * d, added.
  constexpr int kDoubled[10] = {0, 2, 4, 6, 8, 1, 3, 5, 7, 9};
  int sum = 0;
  bool is_doubled = false;
  for (std::size_t i = digits.size(); i-- > 0; is_doubled = !is_doubled) {
    const int value = digit(digits[i]);
    sum += is_doubled ? kDoubled[value] : value;
  }
  return sum % 10 == 0;
}

bool passes_verhoeff(std::string_view digits) noexcept {
  int check = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int value = digit(digits[digits.size() - 1 - i]);
    check = kVerhoeffProduct[check][kVerhoeffPermutation[i % 8][value]];
  }
  return check == 0;
}

bool passes_mod_11_10(std::string_view digits) noexcept {
  int check = 5;
  for (const char c : digits) check = ((check == 0 ? 10 : check) * 2 % 11 + digit(c)) % 10;
  return check == 1;
}

bool is_date(int year, int month, int day) noexcept {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= kDays[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

}  // namespace logd
