// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string_view>

#include "mask/ascii.h"
#include "mask/digits.h"
#include "mask/national_ids.h"

namespace logd {

// UIDAI, "A UID numbering scheme for India": Verhoeff; neither 0 nor 1 first, no palindromes.
bool is_in_aadhaar(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(12);
  if (digits.empty() || digits[0] < '2') return false;
  return passes_verhoeff(digits) && !std::equal(digits.begin(), digits.end(), digits.rbegin());
}

// Income Tax Department, "PAN structure": the fourth letter is the kind of holder.
bool is_in_pan(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view pan = compact.text();
  return has_shape(pan, "AAAAA9999A") && pan.substr(5, 4) != "0000" &&
         std::string_view("ABCFGHJKLPT").find(pan[3]) != std::string_view::npos;
}

// GB 11643-1999: province, date of birth, ISO 7064 MOD 11-2.
bool is_cn_id(std::string_view text) noexcept {
  constexpr int kWeights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  constexpr std::string_view kProvinces =
      "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 "
      "65 "
      "71 81 82 83 91";
  const CompactNumber compact(text);
  const std::string_view id = compact.text();
  if (id.size() != 18 || !is_all_digits(id.substr(0, 17))) return false;
  if (kProvinces.find(id.substr(0, 2)) == std::string_view::npos) return false;
  const int year = number(id.substr(6, 4));
  if (year < 1850 || year > 2099) return false;
  if (!is_date(year, number(id.substr(10, 2)), number(id.substr(12, 2)))) return false;
  constexpr std::string_view kChecks = "10X98765432";
  return id[17] == kChecks[static_cast<std::size_t>(weighted_sum(id, kWeights) % 11)];
}

// Resident Registration Act, Enforcement Rules: mod 11; numbers given out since October 2020 have
// six random digits and no check digit.
bool is_kr_rrn(std::string_view text) noexcept {
  constexpr int kWeights[] = {2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5};
  constexpr int kCenturies[] = {18, 19, 19, 20, 20, 19, 19, 20, 20, 18};
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(13);
  if (digits.empty()) return false;
  const int year = kCenturies[digit(digits[6])] * 100 + number(digits.substr(0, 2));
  const int month = number(digits.substr(2, 2));
  if (!is_date(year, month, number(digits.substr(4, 2)))) return false;
  if (year > 2020 || (year == 2020 && month >= 10)) return true;
  return digit(digits[12]) == (11 - weighted_sum(digits, kWeights) % 11) % 10;
}

// Ministry of Internal Affairs and Communications, Ordinance 85 of 2014, article 5.
bool is_jp_mynumber(std::string_view text) noexcept {
  constexpr int kWeights[] = {6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2};
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(12);
  if (digits.empty()) return false;
  const int rest = weighted_sum(digits, kWeights) % 11;
  return digit(digits[11]) == (rest <= 1 ? 0 : 11 - rest);
}

// Immigration and Checkpoints Authority; the tables were never published and are those in common
// use (series M since 2022).
bool is_sg_nric(std::string_view text) noexcept {
  constexpr int kWeights[] = {2, 7, 6, 5, 4, 3, 2};
  const CompactNumber compact(text);
  const std::string_view nric = compact.text();
  if (!has_shape(nric, "A9999999A")) return false;
  const auto check = [&](int offset, std::string_view letters) {
    const int sum = weighted_sum(nric.substr(1), kWeights) + offset;
    return nric[8] == letters[static_cast<std::size_t>(sum % 11)];
  };
  switch (nric[0]) {
    case 'S':
      return check(0, "JZIHGFEDCBA");
    case 'T':
      return check(4, "JZIHGFEDCBA");
    case 'F':
      return check(0, "XWUTRQPNMLK");
    case 'G':
      return check(4, "XWUTRQPNMLK");
    case 'M':
      return check(3, "XWUTRQPNJLK");
    default:
      return false;
  }
}

// Department of Provincial Administration: weights 13 to 2, mod 11; 9 never comes first.
bool is_th_id(std::string_view text) noexcept {
  constexpr int kWeights[] = {13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2};
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(13);
  if (digits.empty() || digits[0] == '0' || digits[0] == '9') return false;
  return digit(digits[12]) == (11 - weighted_sum(digits, kWeights) % 11) % 10;
}

// Australian Taxation Office, "TFN algorithm": weighted sum mod 11, nine digits or the older eight.
bool is_au_tfn(std::string_view text) noexcept {
  constexpr int kNine[] = {1, 4, 3, 7, 5, 8, 6, 9, 10};
  constexpr int kEight[] = {10, 7, 8, 4, 6, 3, 5, 1};
  const CompactNumber compact(text);
  if (const std::string_view nine = compact.digits(9); !nine.empty()) {
    return weighted_sum(nine, kNine) % 11 == 0;
  }
  const std::string_view eight = compact.digits(8);
  return !eight.empty() && weighted_sum(eight, kEight) % 11 == 0;
}

// Australian Business Register, "Format of the ABN": first digit less 1, weighted sum mod 89.
bool is_au_abn(std::string_view text) noexcept {
  constexpr int kWeights[] = {10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19};
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(11);
  if (digits.empty() || digits[0] == '0') return false;
  return (weighted_sum(digits, kWeights) - kWeights[0]) % 89 == 0;
}

// Services Australia, Medicare card number: first digit 2 to 6, ninth digit checks eight, then the
// issue and perhaps the person on the card.
bool is_au_medicare(std::string_view text) noexcept {
  constexpr int kWeights[] = {1, 3, 7, 9, 1, 3, 7, 9};
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(compact.text().size());
  if (digits.size() != 10 && digits.size() != 11) return false;
  if (digits[0] < '2' || digits[0] > '6' || digits[9] == '0') return false;
  return digit(digits[8]) == weighted_sum(digits, kWeights) % 10;
}

}  // namespace logd
