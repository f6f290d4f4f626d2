// SPDX-License-Identifier: Apache-2.0
#include "mask/iban.h"

#include <algorithm>
#include <array>

#include "mask/ascii.h"
#include "mask/digits.h"

namespace logd {
namespace {

// SWIFT IBAN Registry: what follows country and check digits, as counts of digits (n), letters (a)
// and either (c). Sorted by country.
struct Country {
  std::string_view code;
  std::string_view structure;
};
constexpr Country kCountries[] = {
    {"AD", "8n12c"},    {"AE", "19n"},      {"AL", "8n16c"},    {"AT", "16n"},
    {"AZ", "4a20c"},    {"BA", "16n"},      {"BE", "12n"},      {"BG", "4a6n8c"},
    {"BH", "4a14c"},    {"BI", "23n"},      {"BR", "23n1a1c"},  {"BY", "4c4n16c"},
    {"CH", "5n12c"},    {"CR", "18n"},      {"CY", "8n16c"},    {"CZ", "20n"},
    {"DE", "18n"},      {"DJ", "23n"},      {"DK", "14n"},      {"DO", "4c20n"},
    {"EE", "16n"},      {"EG", "25n"},      {"ES", "20n"},      {"FI", "14n"},
    {"FK", "2a12n"},    {"FO", "14n"},      {"FR", "10n11c2n"}, {"GB", "4a14n"},
    {"GE", "2a16n"},    {"GI", "4a15c"},    {"GL", "14n"},      {"GR", "7n16c"},
    {"GT", "24c"},      {"HN", "4a20n"},    {"HR", "17n"},      {"HU", "24n"},
    {"IE", "4a14n"},    {"IL", "19n"},      {"IQ", "4a15n"},    {"IS", "22n"},
    {"IT", "1a10n12c"}, {"JO", "4a4n18c"},  {"KW", "4a22c"},    {"KZ", "3n13c"},
    {"LB", "4n20c"},    {"LC", "4a24c"},    {"LI", "5n12c"},    {"LT", "16n"},
    {"LU", "3n13c"},    {"LV", "4a13c"},    {"LY", "21n"},      {"MC", "10n11c2n"},
    {"MD", "20c"},      {"ME", "18n"},      {"MK", "3n10c2n"},  {"MN", "16n"},
    {"MR", "23n"},      {"MT", "4a5n18c"},  {"MU", "4a19n3a"},  {"NI", "4a20n"},
    {"NL", "4a10n"},    {"NO", "11n"},      {"OM", "3n16c"},    {"PK", "4a16c"},
    {"PL", "24n"},      {"PS", "4a21c"},    {"PT", "21n"},      {"QA", "4a21c"},
    {"RO", "4a16c"},    {"RS", "18n"},      {"RU", "14n15c"},   {"SA", "2n18c"},
    {"SC", "4a20n3a"},  {"SD", "14n"},      {"SE", "20n"},      {"SI", "15n"},
    {"SK", "20n"},      {"SM", "1a10n12c"}, {"SO", "19n"},      {"ST", "21n"},
    {"SV", "4a20n"},    {"TL", "19n"},      {"TN", "20n"},      {"TR", "6n16c"},
    {"UA", "6n19c"},    {"VA", "18n"},      {"VG", "4a16n"},    {"XK", "16n"},
    {"YE", "4a4n18c"},
};

bool is_of(char kind, char c) {
  switch (kind) {
    case 'n':
      return ascii::is_digit(c);
    case 'a':
      return ascii::is_upper(c);
    default:
      return ascii::is_digit(c) || ascii::is_upper(c);
  }
}

bool fits(std::string_view account, std::string_view structure) {
  std::size_t at = 0;
  int count = 0;
  for (const char c : structure) {
    if (ascii::is_digit(c)) {
      count = count * 10 + digit(c);
      continue;
    }
    for (; count > 0; --count) {
      if (at == account.size() || !is_of(c, account[at++])) return false;
    }
  }
  return at == account.size();
}

const Country* find_country(std::string_view code) {
  const auto* const country = std::lower_bound(
      std::begin(kCountries), std::end(kCountries), code,
      [](const Country& entry, std::string_view wanted) { return entry.code < wanted; });
  return country != std::end(kCountries) && country->code == code ? country : nullptr;
}

// A letter counts as the two digits 10 to 35.
int remainder_97(std::string_view text, int rest) {
  for (const char c : text) {
    rest = ascii::is_digit(c) ? (rest * 10 + digit(c)) % 97 : (rest * 100 + c - 'A' + 10) % 97;
  }
  return rest;
}

}  // namespace

bool is_iban(std::string_view text) noexcept {
  const CompactNumber compact(text);
  const std::string_view iban = compact.text();
  if (iban.size() < 15 || !is_all_digits(iban.substr(2, 2))) return false;
  const Country* const country = find_country(iban.substr(0, 2));
  if (country == nullptr) return false;
  if (!fits(iban.substr(4), country->structure)) return false;
  // Computed check digits are 02 to 98; 00, 01 and 99 would have the same remainders.
  const int check = number(iban.substr(2, 2));
  if (check < 2 || check > 98) return false;
  return remainder_97(iban.substr(0, 4), remainder_97(iban.substr(4), 0)) == 1;
}

std::size_t iban_size(std::string_view country_code) noexcept {
  const Country* const country = find_country(country_code);
  if (country == nullptr) return 0;
  std::size_t size = 4;
  std::size_t count = 0;
  for (const char c : country->structure) {
    if (ascii::is_digit(c)) {
      count = count * 10 + static_cast<std::size_t>(digit(c));
    } else {
      size += count;
      count = 0;
    }
  }
  return size;
}

}  // namespace logd
