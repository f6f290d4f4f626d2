// Reads an archive member by member, by its table or, without one, from header to header.
//
// A damaged member costs only itself: the table says where the next one is, else the next valid
// header is looked for. A gzip file of another program has no members here; gzip_stream.h reads it.
// Memory is that of one member and of their list. One thread at a time per object.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "logd/file_system.h"
#include "store/archive_format.h"
#include "store/member_inflater.h"

namespace logd {

// A part of an archive that is not what it should be.
struct ArchiveDamage {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;  // compressed
  std::string reason;       // "its CRC is wrong"
};

// Without a table more members than this are not looked at; the rest is then damage.
inline constexpr std::size_t kMaxWalkedMembers = 1'000'000;

class ArchiveReader {
 public:
  // Finds the members of `archive`, which must outlive the reader and not change. Damage is no
  // error: damage() tells. Errors: io.
  static Result<ArchiveReader> open(File& archive);
  ~ArchiveReader();
  ArchiveReader(ArchiveReader&&) noexcept;
  ArchiveReader& operator=(ArchiveReader&&) = delete;

  // In the order of the file, damaged ones included as far as their place is known. Their
  // uncompressed offsets are the segment's, unless damage() tells of lost members.
  const std::vector<ArchiveMember>& members() const { return members_; }

  bool has_table() const { return has_table_; }

  // No member of ours was found: another program's gzip file, one of a later version, or no
  // archive at all.
  bool is_foreign() const { return is_foreign_; }

  // What was found to be wrong when the members were looked for, by offset; none with a table.
  const std::vector<ArchiveDamage>& damage() const { return damage_; }

  // The uncompressed bytes of a member, valid until the next call, their CRC checked. Errors:
  // corrupt (its context is the reason), io, limit (no memory to inflate).
  Result<std::string_view> read(const ArchiveMember& member);

  // All the bytes of a member in the file, for a MemberInflater; valid until the next call. Errors:
  // corrupt, io.
  Result<std::string_view> read_compressed(const ArchiveMember& member);

  // Whether the header of a member says what the table does. Errors: io.
  Result<bool> is_header_right(const ArchiveMember& member);

 private:
  struct Walked {
    MemberKind kind = MemberKind::data;
    std::size_t header_bytes = 0;
    std::uint64_t bytes = 0;
    ArchiveMember member;
  };

  ArchiveReader(File& archive, std::uint64_t bytes);
  Result<std::string_view> bytes_at(std::uint64_t offset, std::size_t bytes);
  Result<std::string_view> header_at(std::uint64_t offset);
  Result<bool> load_table();
  Result<bool> append_table(std::uint64_t& offset);
  Result<void> walk();
  Result<bool> is_last_whole(std::uint64_t end);
  void shorten_last(std::uint64_t end);
  void add_damage(std::uint64_t offset, std::uint64_t bytes, const char* reason);
  Result<Walked> member_at(std::uint64_t offset);
  Result<std::uint64_t> find_member(std::uint64_t from);
  void add_member(ArchiveMember member, std::uint64_t offset);

  File& archive_;
  std::uint64_t bytes_;
  std::vector<ArchiveMember> members_;
  std::vector<ArchiveDamage> damage_;
  bool has_table_ = false;
  bool is_foreign_ = false;
  std::vector<char> block_;  // what was read last around a header
  std::uint64_t block_offset_ = 0;
  std::vector<char> in_;
  std::vector<char> out_;
  MemberInflater inflater_;
};

}  // namespace logd
