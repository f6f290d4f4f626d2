// SPDX-License-Identifier: Apache-2.0
#include "query/literal_search.h"

#include <cstdint>
#include <cstring>

#include "base/byte_scan.h"

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

// Looks at the places where the two rarest bytes fit, as far as there are blocks.
[[gnu::always_inline]] inline bool LiteralSearch::scan(std::string_view text,
                                                       std::size_t& at) const {
  const auto byte = [](char c) { return static_cast<std::uint8_t>(c); };
  const std::uint8_t rare = byte(literal_[rare_]);
  const std::uint8_t second = byte(literal_[second_rare_]);
  const std::uint8_t rare_bit = byte(case_bit(literal_[rare_], any_case_));
  const std::uint8_t second_bit = byte(case_bit(literal_[second_rare_], any_case_));
  const auto fits = [&](std::size_t place, ByteBlock & block) __attribute__((always_inline)) {
    ByteBlock rares;
    ByteBlock seconds;
    load_bytes(rares, text.data() + place + rare_);
    load_bytes(seconds, text.data() + place + second_rare_);
    block =
        static_cast<ByteBlock>(((rares | rare_bit) == rare) & ((seconds | second_bit) == second));
  };
  return scan_bytes(at, text.size() - (literal_.size() - 1), fits,
                    [&](std::size_t place) { return is_at(text.data() + place); });
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] bool LiteralSearch::scan_avx2(std::string_view text,
                                                      std::size_t& at) const {
  return scan(text, at);
}
#endif

std::size_t LiteralSearch::find(std::string_view text, std::size_t from) const {
  const std::size_t length = literal_.size();
  if (from > text.size() || text.size() - from < length) return kNowhere;
  if (length == 0) return from;
  std::size_t at = from;
#if defined(__x86_64__)
  if (has_avx2() ? scan_avx2(text, at) : scan(text, at)) return at;
#else
  if (scan(text, at)) return at;
#endif
  for (; at + length <= text.size(); ++at) {
    if (is_at(text.data() + at)) return at;
  }
  return kNowhere;
}

}  // namespace logd
