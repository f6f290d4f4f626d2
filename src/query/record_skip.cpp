// SPDX-License-Identifier: Apache-2.0
#include "query/record_skip.h"

#include <algorithm>

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

// What is looked for below, as far as there are blocks; at the places where the bytes fit that are
// rare together.
struct SpecialScan {
  [[gnu::always_inline]] inline bool operator()(std::string_view records, std::size_t& at) const {
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
};

// "Z stdout " or "Z stderr ".
struct StreamScan {
  std::string_view mark;

  // The first byte in which the two differ.
  static constexpr std::size_t kLetter = 5;

  bool is_it(std::string_view records, std::size_t at) const {
    return records.substr(at, mark.size()) == mark;
  }

  [[gnu::always_inline]] inline bool operator()(std::string_view records, std::size_t& at) const {
    if (records.size() < mark.size()) return false;
    const auto letter = static_cast<std::uint8_t>(mark[kLetter]);
    const auto fits = [&](std::size_t place, ByteBlock & block) __attribute__((always_inline)) {
      ByteBlock zone;
      ByteBlock name;
      load_bytes(zone, records.data() + place);
      load_bytes(name, records.data() + place + kLetter);
      block = static_cast<ByteBlock>((zone == 'Z') & (name == letter));
    };
    return scan_bytes(at, records.size() - mark.size(), fits,
                      [&](std::size_t place) { return is_it(records, place); });
  }
};

#if defined(__x86_64__)
[[gnu::target("avx2")]] bool scan_avx2(const SpecialScan& scan, std::string_view records,
                                       std::size_t& at) {
  return scan(records, at);
}
[[gnu::target("avx2")]] bool scan_avx2(const StreamScan& scan, std::string_view records,
                                       std::size_t& at) {
  return scan(records, at);
}
#endif

template <typename Scan>
bool scan_blocks(const Scan& scan, std::string_view records, std::size_t& at) {
#if defined(__x86_64__)
  if (has_avx2()) return scan_avx2(scan, records, at);
#endif
  return scan(records, at);
}

std::string_view mark_of(Stream stream) {
  return stream == Stream::out ? "Z stdout " : "Z stderr ";
}

std::size_t find_stream(const StreamScan& scan, std::string_view records) {
  std::size_t at = 0;
  if (scan_blocks(scan, records, at)) return at;
  for (; at < records.size(); ++at) {
    if (records[at] == 'Z' && scan.is_it(records, at)) return at;
  }
  return records.size();
}

// The first special stop, perhaps a false one, but none is left out; records.size() if there is
// none.
std::size_t find_special(std::string_view records) {
  if (records.empty()) return 0;
  std::size_t at = 0;
  if (scan_blocks(SpecialScan(), records, at)) return at;
  for (; at + 1 < records.size(); ++at) {
    if (is_special(records, at)) return at;
  }
  return records.size();
}

}  // namespace

CandidateSearch search_for(Stream stream) {
  const StreamScan scan{mark_of(stream)};
  return [scan](std::string_view records) { return find_stream(scan, records); };
}

bool may_hold(std::string_view records, Stream stream) {
  return find_stream({mark_of(stream)}, records) < records.size() ||
         find_special(records) < records.size();
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
