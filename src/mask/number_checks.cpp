// SPDX-License-Identifier: Apache-2.0
#include "mask/number_checks.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "mask/ascii.h"
#include "mask/digits.h"

namespace logd {
namespace {

// One bit per length, so that an issuer's lengths are one word.
constexpr std::uint32_t length(std::size_t digits) { return std::uint32_t{1} << digits; }
constexpr std::uint32_t lengths(std::size_t from, std::size_t to) {
  std::uint32_t bits = 0;
  for (std::size_t digits = from; digits <= to; ++digits) bits |= length(digits);
  return bits;
}

// Issuers by the first six digits, from and to (ISO/IEC 7812 ranges as the schemes publish them).
// Numbers of 17 to 19 digits look like 64-bit ids: whoever finds a bare one has to look around it.
struct Issuer {
  int from;
  int to;
  std::uint32_t lengths;
};
constexpr Issuer kIssuers[] = {
    {220000, 220499, length(16)},                            // Mir
    {222100, 272099, length(16)},                            // Mastercard
    {300000, 305999, length(14) | length(16)},               // Diners Club
    {309500, 309599, length(14) | length(16)},               // Diners Club
    {340000, 349999, length(15)},                            // American Express
    {352800, 358999, length(16) | length(19)},               // JCB
    {360000, 369999, lengths(14, 16)},                       // Diners Club
    {370000, 379999, length(15)},                            // American Express
    {380000, 399999, length(14) | length(16)},               // Diners Club
    {400000, 499999, length(13) | length(16) | length(19)},  // Visa
    {501800, 501899, lengths(12, 19)},                       // Maestro
    {501900, 501999, length(16)},                            // Dankort
    {502000, 502099, lengths(12, 19)},                       // Maestro
    {503800, 503899, lengths(12, 19)},                       // Maestro
    {504175, 504175, length(16)},                            // Elo
    {506099, 506198, length(16)},                            // Verve
    {506699, 506778, length(16)},                            // Elo
    {508500, 508999, length(16)},                            // RuPay
    {509000, 509999, length(16)},                            // Elo
    {510000, 559999, length(16)},                            // Mastercard
    {561200, 561299, lengths(12, 19)},                       // Maestro
    {589300, 589399, lengths(12, 19)},                       // Maestro
    {601100, 601199, length(16) | length(19)},               // Discover
    {606282, 606282, length(16)},                            // Hipercard
    {606985, 608500, length(16)},                            // RuPay
    {620000, 629999, lengths(16, 19)},                       // UnionPay
    {630400, 630499, lengths(12, 19)},                       // Maestro
    {636297, 636368, length(16)},                            // Elo
    {644000, 659999, length(16) | length(19)},               // Discover, RuPay, Troy
    {675900, 675999, lengths(12, 19)},                       // Maestro
    {676100, 676399, lengths(12, 19)},                       // Maestro
    {676770, 676774, lengths(12, 19)},                       // Maestro
    {810000, 820299, length(16)},                            // UnionPay, RuPay
    {860000, 860099, length(16)},                            // Uzcard
    {979200, 979299, length(16)},                            // Troy
    {986000, 986099, length(16)},                            // Humo
};

bool has_issuer(std::string_view digits, std::uint32_t wanted_lengths) {
  const int prefix = number(digits.substr(0, 6));
  return std::any_of(std::begin(kIssuers), std::end(kIssuers), [&](const Issuer& issuer) {
    return prefix >= issuer.from && prefix <= issuer.to && (issuer.lengths & wanted_lengths) != 0;
  });
}

constexpr std::size_t kMaxGroups = 5;

// The sizes of the digit groups, 0 behind the last; nothing but zeros if the text is not digit
// groups with one kind of separator.
using Groups = std::array<std::size_t, kMaxGroups>;

Groups groups_of(std::string_view text) {
  Groups groups{};
  std::size_t group = 0;
  char separator = '\0';
  for (const char c : text) {
    if (ascii::is_digit(c)) {
      ++groups[group];
      continue;
    }
    const bool is_separator = c == ' ' || c == '-' || c == '.' || c == '/';
    const bool is_same = separator == '\0' || separator == c;
    if (!is_separator || !is_same || groups[group] == 0 || ++group == kMaxGroups) return {};
    separator = c;
  }
  return groups;
}

bool is_grouped_as_card(const Groups& groups) {
  constexpr Groups kGroupings[] = {{4, 4, 4, 4},    {4, 4, 4, 4, 1}, {4, 4, 4, 4, 2},
                                   {4, 4, 4, 4, 3}, {4, 4, 4, 1},    {4, 4, 4, 2},
                                   {4, 4, 4, 3},    {4, 6, 5},       {4, 6, 4}};
  return std::find(std::begin(kGroupings), std::end(kGroupings), groups) != std::end(kGroupings);
}

// 49 CFR 565.15: the value of a letter of a VIN; -1 for I, O, Q and for what is no letter.
int vin_value(char c) {
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::string_view kLetters = "ABCDEFGH.JKLMN.P.RSTUVWXYZ";
  constexpr std::string_view kValues = "12345678.12345.7.923456789";
  if (kDigits.find(c) != std::string_view::npos) return digit(c);
  const std::size_t at = c == '.' ? std::string_view::npos : kLetters.find(c);
  return at == std::string_view::npos ? -1 : digit(kValues[at]);
}

}  // namespace

bool is_luhn_number(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view digits = compact.text();
  return digits.size() >= 2 && is_all_digits(digits) && !is_one_repeated(digits) &&
         passes_luhn(digits);
}

bool is_card(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view digits = compact.text();
  if (digits.size() < 12 || digits.size() > 19 || !is_all_digits(digits)) return false;
  const Groups groups = groups_of(text);
  const bool is_bare = groups[0] == digits.size();
  if (!is_bare && !is_grouped_as_card(groups)) return false;
  return has_issuer(digits, length(digits.size())) && passes_luhn(digits);
}

bool is_aba(std::string_view text) noexcept {
  constexpr int kWeights[] = {3, 7, 1, 3, 7, 1, 3, 7, 1};
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(9);
  if (digits.empty()) return false;
  const int prefix = number(digits.substr(0, 2));
  const bool is_federal_reserve = prefix <= 12 || (prefix >= 21 && prefix <= 32) ||
                                  (prefix >= 61 && prefix <= 72) || prefix == 80;
  return is_federal_reserve && weighted_sum(digits, kWeights) % 10 == 0;
}

bool is_imei(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(15);
  if (digits.empty()) return false;
  const Groups groups = groups_of(text);
  const bool is_grouped =
      groups == Groups{2, 6, 6, 1} || groups == Groups{6, 2, 6, 1} || groups == Groups{8, 6, 1};
  if (groups[0] != digits.size() && !is_grouped) return false;
  // 00 is kept for test equipment.
  return digits.substr(0, 2) != "00" && passes_luhn(digits);
}

bool is_vin(std::string_view text) noexcept {
  constexpr int kWeights[] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
  const CompactNumber compact(text);
  const std::string_view vin = compact.text();
  if (vin.size() != 17 || !is_all_digits(vin.substr(14))) return false;
  if (ascii::all_of(vin, ascii::is_digit)) return false;
  int sum = 0;
  for (std::size_t i = 0; i < vin.size(); ++i) {
    const int value = vin_value(vin[i]);
    if (value < 0) return false;
    sum += value * kWeights[i];
  }
  const bool is_checked = (vin[0] >= '1' && vin[0] <= '5') || vin[0] == 'L';
  const int rest = sum % 11;
  return !is_checked || vin[8] == (rest == 10 ? 'X' : static_cast<char>('0' + rest));
}

bool is_us_ssn(std::string_view text) noexcept {
  constexpr std::string_view kPublic[] = {"078051120", "219099999", "457555462"};
  const CompactNumber compact(text);
  const std::string_view digits = compact.digits(9);
  if (digits.empty()) return false;
  const Groups groups = groups_of(text);
  if (groups != Groups{9} && groups != Groups{3, 2, 4}) return false;
  const std::string_view area = digits.substr(0, 3);
  if (area == "000" || area == "666" || area[0] == '9') return false;
  if (digits.substr(3, 2) == "00" || digits.substr(5) == "0000") return false;
  return std::find(std::begin(kPublic), std::end(kPublic), digits) == std::end(kPublic);
}

}  // namespace logd
