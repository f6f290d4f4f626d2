// Looks at one stored record without reading its time: what counting, filtering and merging need.
//
// Times stay text: they have a fixed width, so that comparing the 29 characters compares the
// times. The full parser, which checks every digit, is logd/record.h's. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <string_view>

#include "logd/record.h"

namespace logd {

struct RecordView {
  std::string_view bytes;  // the whole record, without its newline
  std::string_view content;
  Stream stream = Stream::out;
  RecordTag tag = RecordTag::full;
  RecordType type = RecordType::line;

  std::string_view time_text() const { return bytes.substr(0, kTimeDigits); }
};

// Fills in `view` from a record without its newline; false if it has not the shape of one.
inline bool look_at_record(std::string_view record, RecordView& view) {
  std::size_t at = kTimeDigits;
  if (record.size() < kRecordHeaderBytes || record[10] != 'T' || record[19] != '.') return false;
  if (record[at] == 'Z') {
    view.type = RecordType::line;
    at += 1;
  } else {
    if (record.size() < kEventHeaderBytes || record.substr(at, 6) != "+00:00") return false;
    view.type = RecordType::event;
    at += 6;
  }
  // " stdout F "
  const char* const rest = record.data() + at;
  if (std::memcmp(rest, " stdout ", 8) == 0) {
    view.stream = Stream::out;
  } else if (std::memcmp(rest, " stderr ", 8) == 0) {
    view.stream = Stream::err;
  } else {
    return false;
  }
  if ((rest[8] != 'F' && rest[8] != 'P') || rest[9] != ' ') return false;
  view.tag = rest[8] == 'F' ? RecordTag::full : RecordTag::partial;
  view.bytes = record;
  view.content = record.substr(at + 10);
  return true;
}

// Where the record starts that the byte at `place` belongs to.
inline std::size_t start_of_record(std::string_view records, std::size_t place) {
  return place == 0 ? 0 : records.rfind('\n', place - 1) + 1;  // npos + 1 is 0
}

// Takes the first record off `records`, which is not empty and ends with a newline; returns it
// without its newline.
inline std::string_view take_first_record(std::string_view& records) {
  const auto* newline = static_cast<const char*>(std::memchr(records.data(), '\n', records.size()));
  const auto length = static_cast<std::size_t>(newline - records.data());
  const std::string_view record = records.substr(0, length);
  records.remove_prefix(length + 1);
  return record;
}

// The same with the last record.
inline std::string_view take_last_record(std::string_view& records) {
  const std::size_t before = records.size() - 1;  // without the newline at the end
  const auto* newline = static_cast<const char*>(::memrchr(records.data(), '\n', before));
  const std::size_t start =
      newline == nullptr ? 0 : static_cast<std::size_t>(newline - records.data()) + 1;
  const std::string_view record = records.substr(start, before - start);
  records = records.substr(0, start);
  return record;
}

}  // namespace logd
