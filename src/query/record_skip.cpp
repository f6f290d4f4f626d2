// SPDX-License-Identifier: Apache-2.0
#include "query/record_skip.h"

#include <algorithm>
#include <cstring>

#include "base/byte_scan.h"
#include "store/record_view.h"

namespace logd {
namespace {

// A piece has " P " in its header, an event "+00:00", and a NUL is a stop as it is.
bool is_special(std::string_view records, std::size_t at) {
  const char byte = records[at];
  if (byte == '\0') return true;
  if (byte == 'P') return at > 0 && records[at - 1] == ' ' && records[at + 1] == ' ';
  // "+0000" stands in every line of a web server.
  return byte == '+' && at + 6 < records.size() && records[at + 3] == ':' &&
         records.substr(at, 6) == "+00:00";
}

// Looks at the places where the first two bytes fit, as far as there are blocks.
[[gnu::always_inline]] inline bool scan_special(std::string_view records, std::size_t& at) {
  const auto fits = [&](std::size_t place, ByteBlock & block) __attribute__((always_inline)) {
    ByteBlock first;
    ByteBlock second;
    load_bytes(first, records.data() + place);
    load_bytes(second, records.data() + place + 1);
    block = static_cast<ByteBlock>(((first == 'P') & (second == ' ')) |
                                   ((first == '+') & (second == '0')) | (first == '\0'));
  };
  // The last byte of whole records is a newline.
  return scan_bytes(at, records.size() - 1, fits,
                    [&](std::size_t place) { return is_special(records, place); });
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] bool scan_special_avx2(std::string_view records, std::size_t& at) {
  return scan_special(records, at);
}
#endif

// Whether it is a whole line of the stream with this tag, as far as a look at its header tells.
bool is_line_of(std::string_view tag, std::string_view record) {
  return record.size() >= kRecordHeaderBytes && record[10] == 'T' && record[19] == '.' &&
         std::memcmp(record.data() + kTimeDigits, tag.data(), tag.size()) == 0;
}

// The first special stop, perhaps a false one, but none is left out; records.size() if there is
// none.
std::size_t find_special(std::string_view records) {
  if (records.empty()) return 0;
  std::size_t at = 0;
#if defined(__x86_64__)
  if (has_avx2() ? scan_special_avx2(records, at) : scan_special(records, at)) return at;
#else
  if (scan_special(records, at)) return at;
#endif
  for (; at + 1 < records.size(); ++at) {
    if (is_special(records, at)) return at;
  }
  return records.size();
}

}  // namespace

std::size_t find_stream(std::string_view records, Stream stream) {
  constexpr std::string_view kOut = "Z stdout F ";
  constexpr std::string_view kErr = "Z stderr F ";
  const std::string_view other = stream == Stream::out ? kErr : kOut;
  std::string_view rest = records;
  while (!rest.empty()) {
    const std::size_t place = records.size() - rest.size();
    if (!is_line_of(other, take_first_record(rest))) return place;
  }
  return records.size();
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
