// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string_view>

#include "mask/ascii.h"
#include "mask/digits.h"
#include "mask/national_ids.h"

namespace logd {
namespace {

// What brings a weighted sum to a multiple of 11, where 10 and 11 are written as 0.
int brazilian_check(int sum) {
  const int rest = sum % 11;
  return rest < 2 ? 0 : 11 - rest;
}

// Since 2026 a CNPJ may hold letters: each counts as its ASCII code less 48.
int cnpj_sum(std::string_view text) {
  int weight = 2;
  int sum = 0;
  for (std::size_t i = text.size(); i-- > 0; weight = weight == 9 ? 2 : weight + 1) {
    sum += (text[i] - '0') * weight;
  }
  return sum;
}

}  // namespace

// IRS Publication 4757 and Internal Revenue Manual 3.21.263: 9xx, groups 50-65, 70-88, 90-92,
// 94-99.
bool is_us_itin(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(9);
  if (digits.empty() || digits[0] != '9') return false;
  const int group = number(digits.substr(3, 2));
  return (group >= 50 && group <= 65) || (group >= 70 && group != 89 && group != 93);
}

// CMS, "Requirements for NPI check digit": Luhn over 80840 and the number.
bool is_us_npi(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(10);
  if (digits.empty() || (digits[0] != '1' && digits[0] != '2')) return false;
  std::array<char, 15> prefixed{'8', '0', '8', '4', '0'};
  std::copy(digits.begin(), digits.end(), prefixed.begin() + 5);
  return passes_luhn(std::string_view(prefixed.data(), prefixed.size()));
}

// CMS, "Understanding the Medicare Beneficiary Identifier format": no S, L, O, I, B, Z.
bool is_us_mbi(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view mbi = compact.text();
  return has_shape(mbi, "9A*9A*9AA99") && mbi[0] != '0' &&
         mbi.find_first_of("SLOIBZ") == std::string_view::npos;
}

// Employment and Social Development Canada, SIN code of practice: Luhn; 0 and 8 are not given out.
bool is_ca_sin(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(9);
  return !digits.empty() && digits[0] != '0' && digits[0] != '8' && passes_luhn(digits);
}

// Receita Federal: two check digits, weights 10 to 2 and 11 to 2, mod 11.
bool is_br_cpf(std::string_view text) noexcept {
  constexpr int kFirst[] = {10, 9, 8, 7, 6, 5, 4, 3, 2};
  constexpr int kSecond[] = {11, 10, 9, 8, 7, 6, 5, 4, 3, 2};
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(11);
  return !digits.empty() && digit(digits[9]) == brazilian_check(weighted_sum(digits, kFirst)) &&
         digit(digits[10]) == brazilian_check(weighted_sum(digits, kSecond));
}

// Receita Federal, Instrução Normativa 2229/2024: weights 2 to 9 from the right, mod 11, twice.
bool is_br_cnpj(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view cnpj = compact.text();
  if (!has_shape(cnpj, "************99") || is_one_repeated(cnpj)) return false;
  return digit(cnpj[12]) == brazilian_check(cnpj_sum(cnpj.substr(0, 12))) &&
         digit(cnpj[13]) == brazilian_check(cnpj_sum(cnpj.substr(0, 13)));
}

// Department of Home Affairs, Identification Act 68 of 1997: date of birth, citizenship, Luhn.
bool is_za_id(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(13);
  if (digits.empty() || digits[10] > '2') return false;
  const int year = 2000 + number(digits.substr(0, 2));
  return is_date(year, number(digits.substr(2, 2)), number(digits.substr(4, 2))) &&
         passes_luhn(digits);
}

}  // namespace logd
