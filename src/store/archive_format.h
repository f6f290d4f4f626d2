// Encodes and parses what makes a gzip file an archive: the extra fields of its members.
//
// An archive is data members of whole records, then empty members with the table of contents, the
// last of them with the offsets of the others (layout and example: logd-format(5)). Every header
// ends with a CRC of its own, since gzip has none over it. Nothing here reads files or inflates:
// archive_writer.h and archive_reader.h do. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logd/units.h"
#include "store/segment_reader.h"

namespace logd {

// A member holds whole records up to this, or one that is longer; uncompressed.
inline constexpr std::size_t kMemberTargetBytes = 512_KiB;
// Nothing in a segment that is longer is a record: it is cut here, so that memory has a limit.
inline constexpr std::size_t kMaxMemberUncompressedBytes = kMaxRecordBytes;
// Compressed, header and trailer included: deflate makes random bytes hardly longer.
inline constexpr std::size_t kMaxMemberBytes =
    kMaxMemberUncompressedBytes + kMaxMemberUncompressedBytes / 1000 + 1024;

// Deflate at its best: 258 bytes for two bits.
inline constexpr std::uint64_t kMaxDeflateRatio = 1032;

inline constexpr std::size_t kDataHeaderBytes = 60;
inline constexpr std::size_t kMemberTrailerBytes = 8;  // CRC and size of the uncompressed bytes
// What an empty member has behind its header.
inline constexpr std::string_view kEmptyBody{"\x03\0\0\0\0\0\0\0\0\0", 10};

inline constexpr std::size_t kMaxExtraBytes = 8192;  // BusyBox gives up above 16384
inline constexpr std::size_t kMaxHeaderBytes = 12 + kMaxExtraBytes;
inline constexpr std::size_t kMaxTableEntries = 227;
inline constexpr std::size_t kMaxTables = 1020;
// Beyond (113 GiB) an archive has no table, only an index that says so.
inline constexpr std::size_t kMaxListedMembers = kMaxTableEntries * kMaxTables;

// Which records some bytes of a segment hold. Events count as such, whatever their stream. What is
// not a record counts nowhere.
struct RecordSummary {
  WallTime first_time{};  // the least; 1970 if there is no record
  WallTime last_time{};
  std::uint64_t out_records = 0;
  std::uint64_t err_records = 0;
  std::uint64_t events = 0;

  std::uint64_t records() const { return out_records + err_records + events; }
  void add(const RecordSummary& other);
  bool operator==(const RecordSummary&) const = default;
};

// The summary of whole records back to back; the last may lack its newline.
RecordSummary summary_of(std::string_view bytes);

// A data member: its place in the archive and what it holds.
struct ArchiveMember {
  std::uint64_t offset = 0;
  std::uint32_t bytes = 0;  // compressed, header and trailer included
  std::uint64_t uncompressed_offset = 0;
  std::uint32_t uncompressed_bytes = 0;
  RecordSummary summary;

  std::uint64_t end() const { return offset + bytes; }
  std::uint64_t uncompressed_end() const { return uncompressed_offset + uncompressed_bytes; }
  bool operator==(const ArchiveMember&) const = default;
};

// Encodes the header of `member`, kDataHeaderBytes long; its two offsets are not part of it.
std::string encode_data_header(const ArchiveMember& member);

// Encodes one whole empty member: at most kMaxTableEntries members of the table, or the offsets of
// at most kMaxTables tables.
std::string encode_table(const ArchiveMember* members, std::size_t count);
std::string encode_index(const std::vector<std::uint64_t>& table_offsets);

enum class MemberKind : std::uint8_t { data = 1, table = 2, index = 3 };

// What the first bytes of a member say, before its CRC is checked.
struct MemberFront {
  MemberKind kind = MemberKind::data;
  std::size_t header_bytes = 0;
};
inline constexpr std::size_t kMemberFrontBytes = 20;
// The first bytes of every member: gzip, deflate, an extra field and nothing else. To look for.
inline constexpr std::string_view kMemberMagic{"\x1f\x8b\x08\x04", 4};

// Nothing unless `bytes` starts with a member of ours in this version of the format.
std::optional<MemberFront> look_at_member(std::string_view bytes);

// Parse one header, all of it and nothing more; nothing if it is not whole or not plausible. The
// offsets of members are 0: what a header does not say.
std::optional<ArchiveMember> parse_data_header(std::string_view header);
std::optional<std::vector<ArchiveMember>> parse_table(std::string_view header);
std::optional<std::vector<std::uint64_t>> parse_index(std::string_view header);

// Size of the index member that ends with `tail`, the last bytes of a file.
inline constexpr std::size_t kIndexTailBytes = 22;
std::optional<std::size_t> parse_index_tail(std::string_view tail);

}  // namespace logd
