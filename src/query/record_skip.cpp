// SPDX-License-Identifier: Apache-2.0
#include "query/record_skip.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "query/literal_search.h"
#include "store/record_view.h"

namespace logd {
namespace {

// A piece has " P " in its header, an event "+00:00", and a NUL is a stop as it is.
bool is_special(std::string_view records, std::size_t at) {
  const char byte = records[at];
  if (byte == 'P') return at > 0 && records[at - 1] == ' ' && records[at + 1] == ' ';
  return byte == '\0' || (byte == '+' && records.substr(at, 6) == "+00:00");
}

// The first special stop, perhaps a false one, but none is left out; records.size() if there is
// none.
std::size_t find_special(std::string_view records) {
  std::size_t at = 0;
#if defined(__SSE2__)
  // Sixteen places at once: those where the first two bytes fit are looked at.
  const auto load = [&](std::size_t place) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(records.data() + place));
  };
  const auto are = [](__m128i bytes, char byte) {
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte));
  };
  for (; at + 16 < records.size(); at += 16) {
    const __m128i first = load(at);
    const __m128i second = load(at + 1);
    const __m128i pieces = _mm_and_si128(are(first, 'P'), are(second, ' '));
    const __m128i events = _mm_and_si128(are(first, '+'), are(second, '0'));
    const __m128i special = _mm_or_si128(_mm_or_si128(pieces, events), are(first, '\0'));
    auto places = static_cast<std::uint32_t>(_mm_movemask_epi8(special));
    for (; places != 0; places &= places - 1) {
      const std::size_t place = at + static_cast<std::size_t>(std::countr_zero(places));
      if (is_special(records, place)) return place;
    }
  }
#endif
  // The last byte of whole records is a newline.
  for (; at + 1 < records.size(); ++at) {
    if (is_special(records, at)) return at;
  }
  return records.size();
}

}  // namespace

CandidateSearch search_for(Stream stream) {
  // Not the whole words, since their rarest letters are those that both have.
  static const LiteralSearch out("dout ", LetterCase::exact);
  static const LiteralSearch err("derr ", LetterCase::exact);
  const LiteralSearch& mark = stream == Stream::out ? out : err;
  return [&mark](std::string_view records) { return mark.find(records); };
}

// From `at` on there is no stop before the one that `find` finds.
template <typename Find>
std::size_t RecordSkip::find_stop(Stop& known, Position at, std::string_view records, Find find) {
  if (at < known.from || at >= known.next) {
    const std::size_t place = std::min(find(records), records.size());
    known = {at, {at.segment, at.offset + place}};
  }
  return std::min<std::size_t>(known.next.offset - at.offset, records.size());
}

std::size_t RecordSkip::passable(Position at, std::string_view records) {
  if (!search_) return 0;
  const std::size_t candidate = find_stop(candidate_, at, records, search_);
  const std::size_t special = find_stop(special_, at, records, find_special);
  const std::size_t stop = std::min(candidate, special);
  return stop == records.size() ? stop : start_of_record(records, stop);
}

}  // namespace logd
