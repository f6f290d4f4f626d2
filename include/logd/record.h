// Encodes and parses the one line format of a segment: `2026-11-21T22:17:00.123456789Z stdout F
// message`.
//
// This is the Kubernetes CRI log format (logd-format(5)). An event of logd itself spells its time
// with `+00:00` for `Z`, which no process can forge, since times are ours. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "logd/line.h"
#include "logd/units.h"

namespace logd {

enum class RecordType : std::uint8_t { line, event };

struct Record {
  WallTime time;
  Stream stream = Stream::out;
  RecordTag tag = RecordTag::full;
  RecordType type = RecordType::line;
  std::string_view content;
};

// "2026-11-21T22:17:00.123456789" without a zone.
inline constexpr std::size_t kTimeDigits = 29;
// "<time>Z stdout F ": what stands before the content of a line.
inline constexpr std::size_t kRecordHeaderBytes = kTimeDigits + 1 + 1 + 6 + 1 + 1 + 1;
// The longest header, an event's.
inline constexpr std::size_t kEventHeaderBytes = kRecordHeaderBytes + 5;

// Writes the 29 characters of `time` at `to`.
void write_time(char* to, WallTime time);

// The same as a text, which compares with those of records as the times do.
std::string time_text(WallTime time);

// Parses the 29 characters at the front of `text`; nothing for anything else.
std::optional<WallTime> parse_time(std::string_view text);

// Stamps the records of one batch: the first gets `first`, each later one a nanosecond more.
class RecordEncoder {
 public:
  RecordEncoder(WallTime first, Stream stream);

  // Appends the record of `line` at `to`, which has room for kRecordHeaderBytes + the content + 1,
  // and returns its end.
  char* encode(char* to, const MaskedLine& line);

  // Leaves a time out, for a record that someone else encodes with it.
  void skip_one() { advance(); }

  // Time of the last record encoded; `first` minus 1 ns before any.
  WallTime last_time() const { return next_ - Nanoseconds(1); }

 private:
  void advance();
  std::array<char, kRecordHeaderBytes> header_;
  WallTime next_;
};

// The whole record of an event, newline included. `text` must not hold a newline.
std::string encode_event(WallTime time, std::string_view text);

// Parses one record without its newline. Nothing if it is not one of ours.
std::optional<Record> parse_record(std::string_view bytes);

}  // namespace logd
