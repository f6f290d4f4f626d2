// SPDX-License-Identifier: Apache-2.0
#include "logd/record.h"

#include <cstring>

#include "base/civil_time.h"
#include "logd/result.h"

namespace logd {
namespace {

constexpr std::size_t kTagOffset = kRecordHeaderBytes - 2;
constexpr std::string_view kEventZone = "+00:00";
constexpr std::size_t kFractionOffset = 20;  // of the nine digits of a time
constexpr std::size_t kFractionDigits = 9;

void write_digits(char* to, unsigned value, std::size_t digits) {
  for (std::size_t i = digits; i > 0; --i) {
    to[i - 1] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

// Sets `value` to the number at text[from, from + digits); false unless all are digits.
bool read_digits(std::string_view text, std::size_t from, std::size_t digits, unsigned& value) {
  value = 0;
  for (std::size_t i = from; i < from + digits; ++i) {
    const unsigned digit = static_cast<unsigned char>(text[i]) - static_cast<unsigned>('0');
    if (digit > 9) return false;
    value = value * 10 + digit;
  }
  return true;
}

constexpr char tag_char(RecordTag tag) { return tag == RecordTag::full ? 'F' : 'P'; }

// Writes "stdout F " at `to`.
void write_stream_and_tag(char* to, Stream stream, RecordTag tag) {
  std::memcpy(to, stream_name(stream).data(), 6);
  to[6] = ' ';
  to[7] = tag_char(tag);
  to[8] = ' ';
}

}  // namespace

void write_time(char* to, WallTime time) {
  const CivilTime civil = civil_from_wall(time);
  write_digits(to, static_cast<unsigned>(civil.year), 4);
  to[4] = '-';
  write_digits(to + 5, civil.month, 2);
  to[7] = '-';
  write_digits(to + 8, civil.day, 2);
  to[10] = 'T';
  write_digits(to + 11, civil.hour, 2);
  to[13] = ':';
  write_digits(to + 14, civil.minute, 2);
  to[16] = ':';
  write_digits(to + 17, civil.second, 2);
  to[19] = '.';
  write_digits(to + kFractionOffset, civil.nanosecond, kFractionDigits);
}

std::string time_text(WallTime time) {
  std::string text(kTimeDigits, ' ');
  write_time(text.data(), time);
  return text;
}

std::optional<WallTime> parse_time(std::string_view text) {
  if (text.size() < kTimeDigits) return std::nullopt;
  const bool is_punctuated = text[4] == '-' && text[7] == '-' && text[10] == 'T' &&
                             text[13] == ':' && text[16] == ':' && text[19] == '.';
  if (!is_punctuated) return std::nullopt;
  CivilTime civil;
  unsigned year = 0;
  if (!read_digits(text, 0, 4, year) || !read_digits(text, 5, 2, civil.month) ||
      !read_digits(text, 8, 2, civil.day) || !read_digits(text, 11, 2, civil.hour) ||
      !read_digits(text, 14, 2, civil.minute) || !read_digits(text, 17, 2, civil.second) ||
      !read_digits(text, kFractionOffset, kFractionDigits, civil.nanosecond)) {
    return std::nullopt;
  }
  civil.year = static_cast<int>(year);
  return wall_from_civil(civil);
}

RecordEncoder::RecordEncoder(WallTime first, Stream stream) : next_(first) {
  write_time(header_.data(), first);
  header_[kTimeDigits] = 'Z';
  header_[kTimeDigits + 1] = ' ';
  write_stream_and_tag(header_.data() + kTimeDigits + 2, stream, RecordTag::full);
}

char* RecordEncoder::encode(char* to, const MaskedLine& line) {
  header_[kTagOffset] = tag_char(line.tag());
  std::memcpy(to, header_.data(), kRecordHeaderBytes);
  to += kRecordHeaderBytes;
  const std::string_view bytes = line.bytes();
  // An empty view may hold a null pointer, which memcpy must not see.
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  to += bytes.size();
  *to++ = '\n';
  advance();
  return to;
}

// Adds 1 ns to the header as text: nine times in ten that is one byte, where dividing the time into
// its digits again would cost more than the rest of the record.
void RecordEncoder::advance() {
  next_ += Nanoseconds(1);
  for (std::size_t i = kFractionOffset + kFractionDigits; i > kFractionOffset; --i) {
    if (header_[i - 1] != '9') {
      ++header_[i - 1];
      return;
    }
    header_[i - 1] = '0';
  }
  write_time(header_.data(), next_);  // the next second has begun
}

std::string encode_event(WallTime time, std::string_view text) {
  LOGD_ASSERT(text.find('\n') == std::string_view::npos);
  std::string record(kEventHeaderBytes, ' ');
  write_time(record.data(), time);
  kEventZone.copy(record.data() + kTimeDigits, kEventZone.size());
  write_stream_and_tag(record.data() + kTimeDigits + kEventZone.size() + 1, Stream::err,
                       RecordTag::full);
  record += text;
  record += '\n';
  return record;
}

std::optional<Record> parse_record(std::string_view bytes) {
  if (bytes.size() < kRecordHeaderBytes) return std::nullopt;
  const std::optional<WallTime> time = parse_time(bytes);
  if (!time) return std::nullopt;
  Record record;
  record.time = *time;
  std::string_view rest = bytes.substr(kTimeDigits);
  if (rest.starts_with("Z ")) {
    rest.remove_prefix(2);
  } else if (rest.starts_with(kEventZone) && rest[kEventZone.size()] == ' ') {
    record.type = RecordType::event;
    rest.remove_prefix(kEventZone.size() + 1);
  } else {
    return std::nullopt;
  }
  if (rest.size() < 9) return std::nullopt;
  if (rest.starts_with("stderr ")) {
    record.stream = Stream::err;
  } else if (!rest.starts_with("stdout ")) {
    return std::nullopt;
  }
  if ((rest[7] != 'F' && rest[7] != 'P') || rest[8] != ' ') return std::nullopt;
  record.tag = rest[7] == 'F' ? RecordTag::full : RecordTag::partial;
  record.content = rest.substr(9);
  // logd writes events in one form only; anything else with their time is not ours.
  const bool is_event_form = record.stream == Stream::err && record.tag == RecordTag::full;
  if (record.type == RecordType::event && !is_event_form) return std::nullopt;
  return record;
}

}  // namespace logd
