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

// How often a byte stands in logs: by those of https://github.com/logpai/loghub, the most frequent
// one is 100, and what is not among these is 0.
std::size_t rank(char c) {
  constexpr std::string_view kFrequent =
      " e01ao2tcr.d5sn4:i3-7l698mbpufvhk/g_N[]=SIROwF,yDATMCP()ELJxB\"WqVjGHU$K;*z@X><{}#Q'|Y?%+!Z";
  const std::size_t place = kFrequent.find(c);
  return place == std::string_view::npos ? 0 : 100 - place;
}

}  // namespace

LiteralSearch::LiteralSearch(std::string_view literal, LetterCase letter_case)
    : literal_(literal), any_case_(letter_case == LetterCase::any) {
  if (any_case_) {
    for (char& c : literal_) c = lower(c);
  }
  for (std::size_t i = 1; i < literal_.size(); ++i) {
    if (rank(literal_[i]) < rank(literal_[rare_])) rare_ = i;
  }
  second_rare_ = rare_ == 0 && literal_.size() > 1 ? 1 : 0;
  for (std::size_t i = 1; i < literal_.size(); ++i) {
    if (i != rare_ && rank(literal_[i]) < rank(literal_[second_rare_])) second_rare_ = i;
  }
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
  const char rare = literal_[rare_];
  const char second = literal_[second_rare_];
  const char rare_bit = case_bit(rare, any_case_);
  const char second_bit = case_bit(second, any_case_);
  std::size_t at = from;
#if defined(__SSE2__)
  // Sixteen places at once: those where the two rarest bytes fit are looked at.
  const __m128i rares = _mm_set1_epi8(rare);
  const __m128i seconds = _mm_set1_epi8(second);
  const __m128i rare_bits = _mm_set1_epi8(rare_bit);
  const __m128i second_bits = _mm_set1_epi8(second_bit);
  const auto load = [&](std::size_t place) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + place));
  };
  for (; at + length + 15 <= text.size(); at += 16) {
    const __m128i fits_rare = _mm_cmpeq_epi8(_mm_or_si128(load(at + rare_), rare_bits), rares);
    const __m128i fits_second =
        _mm_cmpeq_epi8(_mm_or_si128(load(at + second_rare_), second_bits), seconds);
    auto places =
        static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_and_si128(fits_rare, fits_second)));
    for (; places != 0; places &= places - 1) {
      const std::size_t place = at + static_cast<std::size_t>(std::countr_zero(places));
      if (is_at(text.data() + place)) return place;
    }
  }
#endif
  for (; at + length <= text.size(); ++at) {
    const bool fits =
        (text[at + rare_] | rare_bit) == rare && (text[at + second_rare_] | second_bit) == second;
    if (fits && is_at(text.data() + at)) return at;
  }
  return kNowhere;
}

}  // namespace logd
