// Gives an archive's uncompressed bytes as a file, so that it is read like any other segment.
//
// ArchiveFile inflates only the members that are read. For what has no members, another program's
// gzip file, the bytes go into an unlinked temporary file (TMPDIR, else /tmp), which nobody else
// can open and which goes with its descriptor; memory stays small whatever the archive's size. Any
// thread, one thread at a time per object.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "logd/file_system.h"
#include "store/archive_reader.h"
#include "store/inflate_pool.h"

namespace logd {

// The segment that an archive holds: read only, and as large as the segment was, unless members
// were lost whose size nobody knows. In the place of a damaged member stand NULs and a newline, for
// a reader one line that is no record, so that offsets stay those of the segment. Memory is that of
// two members, one of them inflated.
class ArchiveFile final : public File {
 public:
  // Finds the members. Errors: io.
  static Result<std::unique_ptr<ArchiveFile>> open(std::unique_ptr<File> compressed);

  ~ArchiveFile() override;

  // Who reads member after member finds the next ones inflated, those that are wanted. `pool` must
  // outlive this object.
  using IsWanted = std::function<bool(const RecordSummary&)>;
  void use(InflatePool& pool, IsWanted is_wanted);

  // Of another program: it has no members, and is empty here.
  bool is_foreign() const { return reader_.is_foreign(); }
  // It is complete: the members' headers are those that were written.
  bool has_table() const { return reader_.has_table(); }
  File& compressed() { return *compressed_; }

  // In the order of the segment, side by side from 0 on.
  const std::vector<ArchiveMember>& members() const { return reader_.members(); }

  // The member that holds the byte at `offset`; null behind the last one.
  const ArchiveMember* member_at(std::uint64_t offset) const;

  // What was found to be damaged since the last call, for people; empty if nothing was.
  std::string take_damage();

  // Reads at most to the end of a member. Errors: io, limit (no memory to inflate).
  Result<std::size_t> read_at(void* to, std::size_t bytes, std::uint64_t offset) override;
  Result<std::size_t> write_at(std::string_view bytes, std::uint64_t offset) override;
  Result<void> truncate(std::uint64_t bytes) override;
  Result<void> sync_data() override;
  // Of the archive, with the segment's size.
  Result<FileStatus> status() override;
  int descriptor() const override { return compressed_->descriptor(); }

 private:
  ArchiveFile(std::unique_ptr<File> compressed, ArchiveReader reader);
  // A member that is inflated by the pool.
  struct Ahead {
    const ArchiveMember* member;
    InflatePool::Ticket job;
  };

  Result<void> load(const ArchiveMember& member);
  Result<std::vector<char>> inflate(const ArchiveMember& member);
  void read_ahead(const ArchiveMember& member, bool is_forward);
  void drop();

  std::unique_ptr<File> compressed_;
  ArchiveReader reader_;
  MemberInflater inflater_;
  std::uint64_t bytes_;
  const ArchiveMember* loaded_ = nullptr;
  std::vector<char> content_;     // of loaded_; empty if that is damaged
  std::uint64_t kept_bytes_ = 0;  // counted by the pool
  std::string damage_;

  InflatePool* pool_ = nullptr;
  IsWanted is_wanted_;
  std::deque<Ahead> ahead_;
  const ArchiveMember* last_ = nullptr;  // loaded before loaded_
  int steps_ = 0;  // how many members were loaded one after another, forward or, negative, backward
};

struct InflatedArchive {
  std::unique_ptr<File> file;  // read only
  std::string damage;          // not empty: what could not be inflated, and why
};

// Inflates `compressed`, an archive or any other gzip file, at once. `file` holds all members but
// the damaged ones; where the size of one is known, a line of NULs stands in its place, so that
// offsets stay those of the segment. Of another program's gzip file it holds what is before any
// damage. Errors: io (reading), no_space, permission (temporary file).
Result<InflatedArchive> inflate_archive(File& compressed);

}  // namespace logd
