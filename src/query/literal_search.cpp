// SPDX-License-Identifier: Apache-2.0
#include "query/literal_search.h"

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace logd {
namespace {

constexpr std::size_t kNowhere = std::string_view::npos;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

// Letters in both cases differ by this bit, and with it set no other byte is taken for a letter but
// those that is_at() turns down.
char case_bit(char c, bool any_case) { return any_case && is_letter(c) ? '\x20' : '\0'; }

}  // namespace

LiteralSearch::LiteralSearch(std::string_view literal, LetterCase letter_case)
    : literal_(literal), any_case_(letter_case == LetterCase::any) {
  if (!any_case_) return;
  for (char& c : literal_) c = lower(c);
}

bool LiteralSearch::is_at(const char* place) const {
  if (!any_case_) return std::memcmp(place, literal_.data(), literal_.size()) == 0;
  for (std::size_t i = 0; i < literal_.size(); ++i) {
    if (lower(place[i]) != literal_[i]) return false;
  }
  return true;
}

std::size_t LiteralSearch::find(std::string_view text, std::size_t from) const {
  const std::size_t length = literal_.size();
  if (from > text.size() || text.size() - from < length) return kNowhere;
  if (length == 0) return from;
  const char first = literal_.front();
  const char last = literal_.back();
  const char first_bit = case_bit(first, any_case_);
  const char last_bit = case_bit(last, any_case_);
  std::size_t at = from;
#if defined(__SSE2__)
  // Sixteen places at once: those whose first and last byte fit are looked at.
  const __m128i firsts = _mm_set1_epi8(first);
  const __m128i lasts = _mm_set1_epi8(last);
  const __m128i first_bits = _mm_set1_epi8(first_bit);
  const __m128i last_bits = _mm_set1_epi8(last_bit);
  const auto load = [&](std::size_t place) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + place));
  };
  for (; at + length + 15 <= text.size(); at += 16) {
    const __m128i fits_first = _mm_cmpeq_epi8(_mm_or_si128(load(at), first_bits), firsts);
    const __m128i fits_last = _mm_cmpeq_epi8(_mm_or_si128(load(at + length - 1), last_bits), lasts);
    auto places =
        static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_and_si128(fits_first, fits_last)));
    for (; places != 0; places &= places - 1) {
      const std::size_t place = at + static_cast<std::size_t>(std::countr_zero(places));
      if (is_at(text.data() + place)) return place;
    }
  }
#endif
  for (; at + length <= text.size(); ++at) {
    const bool fits = (text[at] | first_bit) == first && (text[at + length - 1] | last_bit) == last;
    if (fits && is_at(text.data() + at)) return at;
  }
  return kNowhere;
}

}  // namespace logd
