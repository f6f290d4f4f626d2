// SPDX-License-Identifier: Apache-2.0
#include "store/archive_format.h"

#include <libdeflate.h>

#include <algorithm>
#include <cstring>

#include "logd/record.h"
#include "logd/result.h"

namespace logd {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::string_view kIndexMagic = "LGix";

constexpr std::size_t kFixedBytes = 12;    // gzip's own header with the size of the extra field
constexpr std::size_t kSubfieldBytes = 4;  // "LG" and a size
constexpr std::size_t kPreludeBytes = 8;   // version, kind, 0, size of the member
constexpr std::size_t kPayloadOffset = kFixedBytes + kSubfieldBytes + kPreludeBytes;
constexpr std::size_t kCrcBytes = 4;
constexpr std::size_t kEntryBytes = 36;
constexpr std::size_t kOffsetBytes = 8;
constexpr std::size_t kCountBytes = 4;

// What gzip writes, too: no time, no flags, made on Unix.
constexpr std::string_view kGzipHeader{"\x1f\x8b\x08\x04\0\0\0\0\0\x03", 10};

// An entry begins with the size of the member, a data header has it before the payload.
static_assert(kPayloadOffset + (kEntryBytes - 4) + kCrcBytes == kDataHeaderBytes);
static_assert(kMemberFrontBytes <= kPayloadOffset);
static_assert(kPayloadOffset - kFixedBytes + kCountBytes + kMaxTableEntries * kEntryBytes +
                  kCrcBytes <=
              kMaxExtraBytes);
static_assert(kPayloadOffset - kFixedBytes + kCountBytes + kMaxTables * kOffsetBytes + 8 +
                  kCrcBytes <=
              kMaxExtraBytes);

class Encoder {
 public:
  void text(std::string_view bytes) { bytes_ += bytes; }
  void number(std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

// Reads numbers one after the other; the caller has made sure that they are there.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes_[i])) << (8 * i);
    }
    bytes_.remove_prefix(bytes);
    return value;
  }
  std::uint32_t number4() { return static_cast<std::uint32_t>(number(4)); }

 private:
  std::string_view bytes_;
};

std::uint32_t crc_of(std::string_view bytes) {
  return ::libdeflate_crc32(0, bytes.data(), bytes.size());
}

// Everything before the payload of a header with `payload_bytes`, its CRC not counted.
Encoder begin_header(MemberKind kind, std::size_t payload_bytes, std::size_t member_bytes) {
  Encoder to;
  const std::size_t subfield = kPreludeBytes + payload_bytes + kCrcBytes;
  to.text(kGzipHeader);
  to.number(kSubfieldBytes + subfield, 2);
  to.text("LG");
  to.number(subfield, 2);
  to.number(kVersion, 1);
  to.number(static_cast<std::uint64_t>(kind), 1);
  to.number(0, 2);
  to.number(member_bytes, 4);
  return to;
}

void encode_time(Encoder& to, WallTime time) {
  to.number(static_cast<std::uint64_t>(time.time_since_epoch().count()), 8);
}

WallTime decode_time(Decoder& from) {
  return WallTime(Nanoseconds(static_cast<Nanoseconds::rep>(from.number(8))));
}

// What a data header and an entry of the table have in common, behind the member's size.
void encode_contents(Encoder& to, const ArchiveMember& member) {
  to.number(member.uncompressed_bytes, 4);
  encode_time(to, member.summary.first_time);
  encode_time(to, member.summary.last_time);
  to.number(member.summary.out_records, 4);
  to.number(member.summary.err_records, 4);
  to.number(member.summary.events, 4);
}

// The same of a member whose size has been read; nothing if no member can be like that.
std::optional<ArchiveMember> decode_contents(Decoder& from, std::uint32_t member_bytes) {
  ArchiveMember member;
  member.bytes = member_bytes;
  member.uncompressed_bytes = from.number4();
  member.summary.first_time = decode_time(from);
  member.summary.last_time = decode_time(from);
  member.summary.out_records = from.number4();
  member.summary.err_records = from.number4();
  member.summary.events = from.number4();
  const bool is_plausible = member.bytes > kDataHeaderBytes + kMemberTrailerBytes &&
                            member.bytes <= kMaxMemberBytes && member.uncompressed_bytes > 0 &&
                            member.uncompressed_bytes <= kMaxMemberUncompressedBytes &&
                            member.uncompressed_bytes <= kMaxDeflateRatio * member.bytes &&
                            member.summary.records() <= member.uncompressed_bytes &&
                            member.summary.first_time <= member.summary.last_time;
  if (!is_plausible) return std::nullopt;
  return member;
}

std::string finish_header(Encoder& header) {
  header.number(crc_of(header.bytes()), 4);
  return std::move(header.bytes());
}

// The payload of a whole header of this kind whose CRC is right.
std::optional<std::string_view> payload_of(std::string_view header, MemberKind kind) {
  const auto front = look_at_member(header);
  if (!front || front->kind != kind || front->header_bytes != header.size()) return std::nullopt;
  const std::size_t crc_offset = header.size() - kCrcBytes;
  if (Decoder(header.substr(crc_offset)).number4() != crc_of(header.substr(0, crc_offset))) {
    return std::nullopt;
  }
  return header.substr(kPayloadOffset, crc_offset - kPayloadOffset);
}

std::uint32_t member_bytes_in(std::string_view header) {
  return Decoder(header.substr(kPayloadOffset - 4)).number4();
}

bool is_empty_member(std::string_view header) {
  return member_bytes_in(header) == header.size() + kEmptyBody.size();
}

void add_line(RecordSummary& summary, std::string_view line) {
  const std::optional<Record> record = parse_record(line);
  if (!record) return;
  const bool is_first = summary.records() == 0;
  summary.first_time = is_first ? record->time : std::min(summary.first_time, record->time);
  summary.last_time = is_first ? record->time : std::max(summary.last_time, record->time);
  if (record->type == RecordType::event) {
    ++summary.events;
  } else if (record->stream == Stream::out) {
    ++summary.out_records;
  } else {
    ++summary.err_records;
  }
}

}  // namespace

void RecordSummary::add(const RecordSummary& other) {
  if (other.records() == 0) return;
  first_time = records() == 0 ? other.first_time : std::min(first_time, other.first_time);
  last_time = records() == 0 ? other.last_time : std::max(last_time, other.last_time);
  out_records += other.out_records;
  err_records += other.err_records;
  events += other.events;
}

RecordSummary summary_of(std::string_view bytes) {
  RecordSummary summary;
  while (!bytes.empty()) {
    const std::size_t length = std::min(bytes.find('\n'), bytes.size());
    add_line(summary, bytes.substr(0, length));
    bytes.remove_prefix(std::min(length + 1, bytes.size()));
  }
  return summary;
}

std::string encode_data_header(const ArchiveMember& member) {
  Encoder to = begin_header(MemberKind::data, kEntryBytes - 4, member.bytes);
  encode_contents(to, member);
  return finish_header(to);
}

std::string encode_table(const ArchiveMember* members, std::size_t count) {
  LOGD_ASSERT(count > 0 && count <= kMaxTableEntries);
  const std::size_t payload = kCountBytes + count * kEntryBytes;
  Encoder to = begin_header(MemberKind::table, payload,
                            kPayloadOffset + payload + kCrcBytes + kEmptyBody.size());
  to.number(count, 4);
  for (std::size_t i = 0; i < count; ++i) {
    to.number(members[i].bytes, 4);
    encode_contents(to, members[i]);
  }
  return finish_header(to).append(kEmptyBody);
}

std::string encode_index(const std::vector<std::uint64_t>& table_offsets) {
  LOGD_ASSERT(table_offsets.size() <= kMaxTables);
  const std::size_t payload = kCountBytes + table_offsets.size() * kOffsetBytes + 8;
  const std::size_t bytes = kPayloadOffset + payload + kCrcBytes + kEmptyBody.size();
  Encoder to = begin_header(MemberKind::index, payload, bytes);
  to.number(table_offsets.size(), 4);
  for (const std::uint64_t offset : table_offsets) to.number(offset, kOffsetBytes);
  to.number(bytes, 4);
  to.text(kIndexMagic);
  return finish_header(to).append(kEmptyBody);
}

std::optional<MemberFront> look_at_member(std::string_view bytes) {
  if (bytes.size() < kMemberFrontBytes || !bytes.starts_with(kGzipHeader)) return std::nullopt;
  Decoder from(bytes.substr(kGzipHeader.size()));
  const std::uint64_t extra = from.number(2);
  const bool is_ours = bytes.substr(kFixedBytes, 2) == "LG";
  from.number(2);
  const std::uint64_t subfield = from.number(2);
  const std::uint64_t version = from.number(1);
  const std::uint64_t kind = from.number(1);
  const bool has_shape = is_ours && version == kVersion && from.number(2) == 0 &&
                         extra == kSubfieldBytes + subfield && extra <= kMaxExtraBytes &&
                         subfield >= kPreludeBytes + kCrcBytes;
  if (!has_shape || kind < 1 || kind > 3) return std::nullopt;
  return MemberFront{static_cast<MemberKind>(kind), kFixedBytes + extra};
}

std::optional<ArchiveMember> parse_data_header(std::string_view header) {
  const auto payload = payload_of(header, MemberKind::data);
  if (!payload || header.size() != kDataHeaderBytes) return std::nullopt;
  Decoder from(*payload);
  return decode_contents(from, member_bytes_in(header));
}

std::optional<std::vector<ArchiveMember>> parse_table(std::string_view header) {
  const auto payload = payload_of(header, MemberKind::table);
  if (!payload || payload->size() < kCountBytes || !is_empty_member(header)) return std::nullopt;
  Decoder from(*payload);
  const std::size_t count = from.number4();
  if (count == 0 || count > kMaxTableEntries) return std::nullopt;
  if (payload->size() != kCountBytes + count * kEntryBytes) return std::nullopt;
  std::vector<ArchiveMember> members;
  members.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t bytes = from.number4();
    const auto member = decode_contents(from, bytes);
    if (!member) return std::nullopt;
    members.push_back(*member);
  }
  return members;
}

std::optional<std::vector<std::uint64_t>> parse_index(std::string_view header) {
  const auto payload = payload_of(header, MemberKind::index);
  if (!payload || payload->size() < kCountBytes || !is_empty_member(header)) return std::nullopt;
  Decoder from(*payload);
  const std::size_t count = from.number4();
  if (count > kMaxTables) return std::nullopt;
  if (payload->size() != kCountBytes + count * kOffsetBytes + 8) return std::nullopt;
  std::vector<std::uint64_t> offsets(count);
  for (std::uint64_t& offset : offsets) offset = from.number(kOffsetBytes);
  if (from.number4() != member_bytes_in(header) || !payload->ends_with(kIndexMagic)) {
    return std::nullopt;
  }
  return offsets;
}

std::optional<std::size_t> parse_index_tail(std::string_view tail) {
  if (tail.size() != kIndexTailBytes || !tail.ends_with(kEmptyBody)) return std::nullopt;
  if (tail.substr(4, kIndexMagic.size()) != kIndexMagic) return std::nullopt;
  const std::size_t bytes = Decoder(tail).number4();
  if (bytes < kIndexTailBytes || bytes > kMaxHeaderBytes + kEmptyBody.size()) return std::nullopt;
  return bytes;
}

}  // namespace logd
