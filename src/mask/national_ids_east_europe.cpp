// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "mask/digits.h"
#include "mask/national_ids.h"

namespace logd {

// Ustawa o ewidencji ludności, art. 15: the month tells the century, weights 1 3 7 9, mod 10.
bool is_pl_pesel(std::string_view text) noexcept {
  constexpr int kWeights[] = {1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1};
  constexpr int kCenturies[] = {19, 20, 21, 22, 18};
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(11);
  if (digits.empty() || weighted_sum(digits, kWeights) % 10 != 0) return false;
  const int month = number(digits.substr(2, 2));
  const int year = kCenturies[month / 20] * 100 + number(digits.substr(0, 2));
  return is_date(year, month % 20, number(digits.substr(4, 2)));
}

// HG 1375/2006, norme metodologice: weights 279146358279, mod 11, 10 is written as 1.
bool is_ro_cnp(std::string_view text) noexcept {
  constexpr int kWeights[] = {2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9};
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(13);
  if (digits.empty() || digits[0] == '0') return false;
  constexpr int kCenturies[] = {0, 19, 19, 18, 18, 20, 20, 19, 19, 19};
  const int year = kCenturies[digit(digits[0])] * 100 + number(digits.substr(1, 2));
  if (!is_date(year, number(digits.substr(3, 2)), number(digits.substr(5, 2)))) return false;
  const int rest = weighted_sum(digits, kWeights) % 11;
  return digit(digits[12]) == (rest == 10 ? 1 : rest);
}

// GRAO, "Структура на ЕГН": month plus 20 before 1900 and plus 40 from 2000 on, mod 11 mod 10.
bool is_bg_egn(std::string_view text) noexcept {
  constexpr int kWeights[] = {2, 4, 8, 5, 10, 9, 7, 3, 6};
  constexpr int kCenturies[] = {19, 18, 20, 0, 0};
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(10);
  if (digits.empty()) return false;
  const int month = number(digits.substr(2, 2));
  const int century = kCenturies[month / 20];
  if (century == 0) return false;
  const int year = century * 100 + number(digits.substr(0, 2));
  return is_date(year, month % 20, number(digits.substr(4, 2))) &&
         digit(digits[9]) == weighted_sum(digits, kWeights) % 11 % 10;
}

// Zákon 133/2000 Sb., § 13: divisible by 11; nine digits and no check before 1954; month plus 50
// for women, plus 20 since 2004. Until 1985 a remainder of 10 was written as 0.
bool is_cz_rc(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(compact.text().size());
  if (digits.size() != 9 && digits.size() != 10) return false;
  const bool is_old = digits.size() == 9;
  const int two_digits = number(digits.substr(0, 2));
  if (is_old && two_digits > 53 && two_digits < 80) return false;
  const int year =
      two_digits + (is_old ? (two_digits < 80 ? 1900 : 1800) : (two_digits < 54 ? 2000 : 1900));
  const int month = number(digits.substr(2, 2)) % 50;
  if (month > 20 && year < 2004) return false;
  if (!is_date(year, month % 20, number(digits.substr(4, 2)))) return false;
  if (is_old) return digits.substr(6) != "000";
  const int rest = remainder(digits.substr(0, 9), 11);
  return digit(digits[9]) == (rest == 10 && year < 1985 ? 0 : rest);
}

// Nüfus ve Vatandaşlık İşleri: tenth digit from odd and even places, eleventh from the sum of ten.
bool is_tr_tckn(std::string_view text) noexcept {
  constexpr int kTenth[] = {7, -1, 7, -1, 7, -1, 7, -1, 7};
  constexpr int kEleventh[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(11);
  if (digits.empty() || digits[0] == '0') return false;
  const int tenth = (weighted_sum(digits, kTenth) % 10 + 10) % 10;
  return digit(digits[9]) == tenth && digit(digits[10]) == weighted_sum(digits, kEleventh) % 10;
}

}  // namespace logd
