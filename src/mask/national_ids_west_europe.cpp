// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "mask/ascii.h"
#include "mask/digits.h"
#include "mask/national_ids.h"

namespace logd {
namespace {

constexpr bool contains(std::string_view set, char c) {
  return set.find(c) != std::string_view::npos;
}

// The letter of a Spanish number: its remainder by 23 (Real Decreto 1553/2005).
char spanish_letter(int number) {
  constexpr std::string_view kLetters = "TRWAGMYFPDXBNJZSQVHLCKE";
  return kLetters[static_cast<std::size_t>(number % 23)];
}

// ICAO Doc 9303, part 3: weights 7 3 1, letters are 10 to 35.
int icao_check(std::string_view text) {
  constexpr int kWeights[] = {7, 3, 1};
  int sum = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    sum += (ascii::is_digit(text[i]) ? digit(text[i]) : text[i] - 'A' + 10) * kWeights[i % 3];
  }
  return sum % 10;
}

// What a character of an odd place (the first is odd) of a codice fiscale counts.
int odd_place_value(char c) {
  constexpr int kValues[] = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                             20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
  return kValues[ascii::is_digit(c) ? digit(c) : c - 'A'];
}

int even_place_value(char c) { return ascii::is_digit(c) ? digit(c) : c - 'A'; }

// Where two persons would have the same codice fiscale, letters stand for some of the digits.
int omocodia_digit(char c) {
  if (ascii::is_digit(c)) return digit(c);
  const std::size_t at = std::string_view("LMNPQRSTUV").find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

// HMRC National Insurance Manual, NIM39110: letters that are never used, prefixes that never were.
bool is_uk_nino(std::string_view text) noexcept {
  constexpr std::string_view kUnused[] = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"};
  const CompactNumber compact(text);
  const std::string_view nino = compact.text();
  if (!has_shape(nino, "AA999999A") || nino[8] > 'D') return false;
  if (contains("DFIQUV", nino[0]) || contains("DFIOQUV", nino[1])) return false;
  return std::find(std::begin(kUnused), std::end(kUnused), nino.substr(0, 2)) == std::end(kUnused);
}

// NHS Data Dictionary, "NHS NUMBER": weights 10 to 2, mod 11.
bool is_uk_nhs(std::string_view text) noexcept {
  constexpr int kWeights[] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(10);
  return !digits.empty() && weighted_sum(digits, kWeights) % 11 == 0;
}

// Revenue, "PPS number: how to check": weights 8 to 2, a second letter A or H counts 9 times,
// mod 23.
bool is_ie_pps(std::string_view text) noexcept {
  constexpr int kWeights[] = {8, 7, 6, 5, 4, 3, 2};
  constexpr std::string_view kLetters = "WABCDEFGHIJKLMNOPQRSTUV";
  const CompactNumber compact(text);
  const std::string_view pps = compact.text();
  const bool has_second = has_shape(pps, "9999999AA");
  if (!has_second && !has_shape(pps, "9999999A")) return false;
  int sum = weighted_sum(pps, kWeights);
  if (has_second) {
    if (!contains("ABHWTX", pps[8])) return false;
    if (contains("ABH", pps[8])) sum += 9 * (pps[8] - 'A' + 1);
  }
  return pps[7] == kLetters[static_cast<std::size_t>(sum % 23)];
}

// INSEE, "Numéro de sécurité sociale": key is 97 less the remainder by 97; Corsica is 19 and 18.
bool is_fr_nir(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view nir = compact.text();
  if (!has_shape(nir, "99999**99999999") || !contains("123478", nir[0])) return false;
  const int month = number(nir.substr(3, 2));
  const bool is_month = (month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50;
  std::array<char, 13> digits{};
  std::copy_n(nir.begin(), digits.size(), digits.begin());
  if (digits[5] == '2' && (digits[6] == 'A' || digits[6] == 'B')) {
    digits[5] = '1';
    digits[6] = digits[6] == 'A' ? '9' : '8';
  }
  const std::string_view body(digits.data(), digits.size());
  return is_month && is_all_digits(body) && number(nir.substr(13)) == 97 - remainder(body, 97);
}

// Bundeszentralamt für Steuern, "Steuerliche Identifikationsnummer": one digit of the first ten
// occurs twice or three times, the others once; ISO 7064 MOD 11,10.
bool is_de_steuer_id(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(11);
  if (digits.empty() || digits[0] == '0') return false;
  int repeated = 0;
  for (char c = '0'; c <= '9'; ++c) {
    const auto count = std::count(digits.begin(), digits.begin() + 10, c);
    if (count > 3) return false;
    repeated += count > 1 ? 1 : 0;
  }
  return repeated == 1 && passes_mod_11_10(digits);
}

// BSI TR-03105 and ICAO Doc 9303: nine characters without vowels, as printed on the card, or ten
// with the check digit of the machine readable zone.
bool is_de_ausweis(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view serial = compact.text().substr(0, 9);
  std::string_view check = compact.text().substr(serial.size());
  // Older cards print the holder's nationality behind the check digit.
  if (check.size() == 2 && check.back() == 'D') check.remove_suffix(1);
  if (serial.size() != 9 || check.size() > 1 || !ascii::is_upper(serial[0])) return false;
  if (serial.find_first_not_of("0123456789CFGHJKLMNPRTVWXYZ") != std::string_view::npos)
    return false;
  if (ascii::all_of(serial, ascii::is_upper)) return false;
  return check.empty() || (is_all_digits(check) && digit(check[0]) == icao_check(serial));
}

bool is_es_dni(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view dni = compact.text();
  return has_shape(dni, "99999999A") && dni[8] == spanish_letter(number(dni.substr(0, 8)));
}

// Orden INT/2058/2008: X, Y and Z count as a first digit 0, 1 and 2.
bool is_es_nie(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view nie = compact.text();
  if (!has_shape(nie, "A9999999A") || nie[0] < 'X') return false;
  return nie[8] == spanish_letter((nie[0] - 'X') * 10'000'000 + number(nie.substr(1, 7)));
}

// Tesorería General de la Seguridad Social: province, number, remainder by 97; a number below ten
// million is taken without its leading zero.
bool is_es_nuss(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(12);
  if (digits.empty() || number(digits.substr(0, 2)) == 0) return false;
  const int province = remainder(digits.substr(0, 2), 97);
  const int scale = digits[2] == '0' ? 10'000'000 % 97 : 100'000'000 % 97;
  const int rest = (province * scale + number(digits.substr(2, 8)) % 97) % 97;
  return number(digits.substr(10)) == rest;
}

// Decreto ministeriale 23 dicembre 1976: month letter, day plus 40 for women, check letter mod 26.
bool is_it_cf(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view cf = compact.text();
  if (!has_shape(cf, "AAAAAA**A**A***A") || !contains("ABCDEHLMPRST", cf[8])) return false;
  for (const std::size_t i : {6U, 7U, 9U, 10U, 12U, 13U, 14U}) {
    if (omocodia_digit(cf[i]) < 0) return false;
  }
  const int day = (omocodia_digit(cf[9]) * 10 + omocodia_digit(cf[10])) % 40;
  if (day < 1 || day > 31 || cf[9] > 'T') return false;
  int sum = 0;
  for (std::size_t i = 0; i < 15; ++i) {
    sum += i % 2 == 0 ? odd_place_value(cf[i]) : even_place_value(cf[i]);
  }
  return cf[15] == static_cast<char>('A' + sum % 26);
}

// Decreto-Lei 14/2013, art. 3: weights 9 to 2, mod 11, 10 and 11 are written as 0.
bool is_pt_nif(std::string_view text) noexcept {
  constexpr int kWeights[] = {9, 8, 7, 6, 5, 4, 3, 2};
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(9);
  if (digits.empty() || digits[0] == '0') return false;
  if (digits[0] == '4' && digits[1] != '5') return false;
  const int rest = weighted_sum(digits, kWeights) % 11;
  return digit(digits[8]) == (rest < 2 ? 0 : 11 - rest);
}

// Rijksdienst voor Identiteitsgegevens, "elfproef": the last digit counts -1.
bool is_nl_bsn(std::string_view text) noexcept {
  constexpr int kWeights[] = {9, 8, 7, 6, 5, 4, 3, 2, -1};
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(9);
  return !digits.empty() && weighted_sum(digits, kWeights) % 11 == 0;
}

// Arrêté royal du 3 avril 1984: 97 less the remainder by 97, with a 2 before the number since 2000;
// month plus 20 or 40 in bis numbers, and an unknown month or day is 0.
bool is_be_nrn(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(11);
  if (digits.empty()) return false;
  if (number(digits.substr(2, 2)) % 20 > 12 || digits[2] > '5') return false;
  if (number(digits.substr(4, 2)) > 31) return false;
  const int check = number(digits.substr(9));
  const int rest = remainder(digits.substr(0, 9), 97);
  constexpr int kTwoBefore = 2'000'000'000 % 97;
  return check == 97 - rest || check == 97 - (rest + kTwoBefore) % 97;
}

// Skatteverket SKV 704: Luhn over the last ten digits, day plus 60 in coordination numbers, + from
// the hundredth birthday on.
bool is_se_pn(std::string_view text) noexcept {
  std::array<char, 13> written{};
  if (text.size() < 10 || text.size() > written.size()) return false;
  std::copy(text.begin(), text.end(), written.begin());
  char& sign = written[text.size() - 5];
  if (sign == '+') sign = '-';
  const CompactNumber compact(std::string_view(written.data(), text.size()));
  const std::string_view digits = compact.digits(compact.text().size());
  if (digits.size() != 10 && digits.size() != 12) return false;
  const std::string_view ten = digits.substr(digits.size() - 10);
  const int century = digits.size() == 12 ? number(digits.substr(0, 2)) : 20;
  if (century < 18 || century > 20) return false;
  const int year = century * 100 + number(ten.substr(0, 2));
  const int day = number(ten.substr(4, 2));
  return is_date(year, number(ten.substr(2, 2)), day > 60 ? day - 60 : day) && passes_luhn(ten);
}

// Digital and Population Data Services Agency, "The personal identity code": remainder by 31; the
// sign between date and number tells the century.
bool is_fi_hetu(std::string_view text) noexcept {
  constexpr std::string_view kChecks = "0123456789ABCDEFHJKLMNPRSTUVWXY";
  if (text.size() != 11 || !is_all_digits(text.substr(0, 6))) return false;
  if (!is_all_digits(text.substr(7, 3)) || number(text.substr(7, 3)) < 2) return false;
  const char sign = ascii::to_upper(text[6]);
  if (!contains("+-YXWVUABCDEF", sign)) return false;
  const int century = sign == '+' ? 18 : contains("ABCDEF", sign) ? 20 : 19;
  const int day = number(text.substr(0, 2));
  const int year = century * 100 + number(text.substr(4, 2));
  if (!is_date(year, number(text.substr(2, 2)), day)) return false;
  const int rest = (number(text.substr(0, 6)) % 31 * (1000 % 31) + number(text.substr(7, 3))) % 31;
  return ascii::to_upper(text[10]) == kChecks[static_cast<std::size_t>(rest)];
}

}  // namespace logd
