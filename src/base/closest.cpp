// SPDX-License-Identifier: Apache-2.0
#include "base/closest.h"

#include <algorithm>
#include <cctype>

namespace logd {
namespace {

constexpr std::size_t kMaxLetters = 64;  // longer words are not compared: the time is quadratic

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

// Typing errors between the two words (optimal string alignment distance).
std::size_t typing_errors(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool is_same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (is_same ? 0 : 1)});
      const bool is_swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                              lower(a[i - 2]) == lower(b[j - 1]);
      if (is_swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::optional<std::string> closest(std::string_view word, const std::vector<std::string>& words) {
  if (word.empty() || word.size() > kMaxLetters) return std::nullopt;
  std::optional<std::string> best;
  std::size_t fewest = kMaxLetters;
  for (const std::string& candidate : words) {
    if (candidate.size() > kMaxLetters) continue;
    const std::size_t errors = typing_errors(word, candidate);
    const std::size_t letters = std::max(word.size(), candidate.size());
    if (errors < fewest && errors <= std::max<std::size_t>(1, letters / 3) && errors < letters) {
      fewest = errors;
      best = candidate;
    }
  }
  return best;
}

}  // namespace logd
