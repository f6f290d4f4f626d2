// SPDX-License-Identifier: Apache-2.0
#include "mask/words.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "mask/ascii.h"
#include "mask/word_pairs.h"

namespace logd {
namespace {

constexpr std::size_t kMaxWord = 4096;

// Costs are in sixths of a bit, as in the table.
constexpr int kBit = 6;
constexpr int kEndCredit = 3 * kBit;     // what an end of a word may cost
constexpr int kStrangerCost = 3 * kBit;  // a character that names do not have

enum Symbol : std::uint8_t { end = 0, digit_symbol = 53, separator, stranger };

constexpr std::uint8_t symbol_of(char c) {
  if (ascii::is_lower(c)) return static_cast<std::uint8_t>(c - 'a' + 1);
  if (ascii::is_upper(c)) return static_cast<std::uint8_t>(c - 'A' + 27);
  if (ascii::is_digit(c)) return digit_symbol;
  if (ascii::is_high(c) || std::string_view("_-./: ,$").find(c) != std::string_view::npos) {
    return separator;
  }
  return stranger;
}

constexpr std::array<std::uint8_t, 256> kSymbols = [] {
  std::array<std::uint8_t, 256> symbols{};
  for (std::size_t i = 0; i < symbols.size(); ++i) symbols[i] = symbol_of(static_cast<char>(i));
  return symbols;
}();

std::uint8_t symbol(char c) { return kSymbols[static_cast<unsigned char>(c)]; }

// What a character would cost if it were drawn at random from the kinds that the text has: the
// logarithm of how many there are. 0 for a text without letters.
int random_cost(std::string_view text) {
  bool has_lower = false;
  bool has_upper = false;
  bool has_digit = false;
  bool is_hex = true;
  for (const char c : text) {
    has_lower = has_lower || ascii::is_lower(c);
    has_upper = has_upper || ascii::is_upper(c);
    has_digit = has_digit || ascii::is_digit(c);
    is_hex = is_hex && (ascii::is_hex(c) || symbol(c) >= separator);
  }
  if (!has_lower && !has_upper) return 0;
  if (has_lower && has_upper) return has_digit ? 36 : 34;
  if (!has_digit) return 28;
  return is_hex ? 24 : 31;
}

int pair_cost(std::uint8_t first, std::uint8_t second) { return kPairCosts[first][second] - '#'; }

}  // namespace

bool is_word(std::string_view text) noexcept {
  const int expected = random_cost(text);
  if (expected == 0 || text.size() > kMaxWord) return false;
  // The longer the text, the more chances an ordinary name has to look odd somewhere.
  const int limit = std::min(14 * kBit, 9 * kBit + static_cast<int>(text.size()) * kBit / 5);
  // The dearest stretch up to here: it starts anew wherever it would save money.
  int stretch = 0;
  std::uint8_t last = end;
  for (const char c : text) {
    std::uint8_t next = symbol(c);
    if (next < separator) {
      stretch += pair_cost(last, next) - expected;
    } else {
      if (last != end) stretch += pair_cost(last, end) - kEndCredit;
      if (next == stranger) stretch += kStrangerCost;
      next = end;
    }
    stretch = std::max(stretch, 0);
    if (stretch >= limit) return false;
    last = next;
  }
  return last == end || stretch + pair_cost(last, end) - kEndCredit < limit;
}

}  // namespace logd
