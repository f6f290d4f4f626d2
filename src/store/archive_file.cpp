// SPDX-License-Identifier: Apache-2.0
#include "store/archive_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/file_io.h"
#include "base/unique_fd.h"
#include "store/gzip_stream.h"

namespace logd {
namespace {

class TemporaryFile final : public File {
 public:
  explicit TemporaryFile(UniqueFd fd) : fd_(std::move(fd)) {}

  Result<std::size_t> read_at(void* to, std::size_t bytes, std::uint64_t offset) override {
    const ssize_t got = retry_interrupted(
        [&] { return ::pread(fd_.get(), to, bytes, static_cast<off_t>(offset)); });
    if (got < 0) return fail(system_error(errno, "read temporary file"));
    return static_cast<std::size_t>(got);
  }
  Result<std::size_t> write_at(std::string_view bytes, std::uint64_t offset) override {
    const ssize_t put = retry_interrupted([&] {
      return ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    });
    if (put < 0) return fail(system_error(errno, "write temporary file"));
    return static_cast<std::size_t>(put);
  }
  Result<void> truncate(std::uint64_t bytes) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(bytes)) == 0) return {};
    return fail(system_error(errno, "truncate temporary file"));
  }
  Result<void> sync_data() override { return {}; }  // goes with the process anyway
  Result<FileStatus> status() override {
    struct stat found {};
    if (::fstat(fd_.get(), &found) != 0) return fail(system_error(errno, "stat temporary file"));
    FileStatus status;
    status.bytes = static_cast<std::uint64_t>(found.st_size);
    status.bytes_allocated = static_cast<std::uint64_t>(found.st_blocks) * 512;
    status.device = found.st_dev;
    status.inode = found.st_ino;
    status.links = static_cast<std::uint32_t>(found.st_nlink);
    status.is_regular = true;
    return status;
  }
  int descriptor() const override { return fd_.get(); }

 private:
  UniqueFd fd_;
};

Result<UniqueFd> open_unlinked() {
  const char* const wanted = std::getenv("TMPDIR");
  const std::string directory = wanted != nullptr && *wanted != '\0' ? wanted : "/tmp";
  UniqueFd fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd) return fd;
  // Not every file system knows O_TMPFILE.
  std::string path = directory + "/logctl-XXXXXX";
  fd.reset(::mkostemp(path.data(), O_CLOEXEC));
  if (!fd) {
    Error error = system_error(errno, "make a temporary file in " + directory);
    if (error.code == ErrorCode::not_found) error.code = ErrorCode::io;  // it is not the archive
    return fail(std::move(error));
  }
  ::unlink(path.c_str());
  return fd;
}

// Puts pieces of a segment at their place in a file.
class SegmentFile {
 public:
  explicit SegmentFile(File& file) : file_(file) {}

  Result<void> append(std::string_view bytes) {
    while (!bytes.empty()) {
      LOGD_TRY_ASSIGN(const std::size_t put, file_.write_at(bytes, end_));
      end_ += put;
      bytes.remove_prefix(put);
    }
    return {};
  }

  // Leaves a hole with a newline at its end: for a reader one line that is no record, and all
  // offsets behind it are those of the segment.
  Result<void> leave_out(std::uint64_t bytes) {
    if (bytes == 0) return {};
    end_ += bytes - 1;
    return append("\n");
  }

 private:
  File& file_;
  std::uint64_t end_ = 0;
};

// Names the first few of what may be many.
class DamageText {
 public:
  void add(const ArchiveDamage& damage) {
    ++count_;
    if (count_ > kMaxNamed) return;
    if (count_ > 1) text_ += "; ";
    text_ += fmt::format("{} bytes at {}: {}", damage.bytes, damage.offset, damage.reason);
  }
  std::string text() const {
    return count_ <= kMaxNamed ? text_ : fmt::format("{}; and {} more", text_, count_ - kMaxNamed);
  }

 private:
  static constexpr std::size_t kMaxNamed = 3;
  std::size_t count_ = 0;
  std::string text_;
};

Result<std::string> inflate_foreign(File& compressed, SegmentFile to) {
  GzipStream stream(compressed);
  for (;;) {
    LOGD_TRY_ASSIGN(const std::string_view bytes, stream.next());
    if (bytes.empty()) return stream.damage();
    LOGD_TRY(to.append(bytes));
  }
}

Result<std::string> inflate_members(ArchiveReader& archive, SegmentFile to) {
  DamageText damage;
  auto lost = archive.damage().begin();
  for (const ArchiveMember& member : archive.members()) {
    for (; lost != archive.damage().end() && lost->offset < member.offset; ++lost) {
      damage.add(*lost);
    }
    const Result<std::string_view> bytes = archive.read(member);
    if (!bytes && bytes.error().code != ErrorCode::corrupt) return fail(bytes.error());
    if (!bytes) damage.add({member.offset, member.bytes, bytes.error().context});
    LOGD_TRY(bytes ? to.append(*bytes) : to.leave_out(member.uncompressed_bytes));
  }
  for (; lost != archive.damage().end(); ++lost) damage.add(*lost);
  return damage.text();
}

std::string text_of(const std::vector<ArchiveDamage>& damage) {
  DamageText text;
  for (const ArchiveDamage& part : damage) text.add(part);
  return text.text();
}

}  // namespace

ArchiveFile::ArchiveFile(std::unique_ptr<File> compressed, ArchiveReader reader)
    : compressed_(std::move(compressed)),
      reader_(std::move(reader)),
      bytes_(members().empty() ? 0 : members().back().uncompressed_end()),
      damage_(text_of(reader_.damage())) {}

Result<std::unique_ptr<ArchiveFile>> ArchiveFile::open(std::unique_ptr<File> compressed) {
  LOGD_TRY_ASSIGN(ArchiveReader reader, ArchiveReader::open(*compressed));
  return std::unique_ptr<ArchiveFile>(new ArchiveFile(std::move(compressed), std::move(reader)));
}

const ArchiveMember* ArchiveFile::member_at(std::uint64_t offset) const {
  const auto behind = std::upper_bound(
      members().begin(), members().end(), offset,
      [](std::uint64_t at, const ArchiveMember& member) { return at < member.uncompressed_end(); });
  return behind == members().end() ? nullptr : &*behind;
}

std::string ArchiveFile::take_damage() { return std::exchange(damage_, {}); }

ArchiveFile::~ArchiveFile() { drop(); }

void ArchiveFile::use(InflatePool& pool, IsWanted is_wanted) {
  pool_ = &pool;
  is_wanted_ = std::move(is_wanted);
}

void ArchiveFile::drop() {
  loaded_ = nullptr;
  if (pool_ == nullptr) {
    content_ = {};
    return;
  }
  pool_->reuse(std::exchange(content_, {}));
  pool_->give_back(std::exchange(kept_bytes_, 0));
}

Result<void> ArchiveFile::load(const ArchiveMember& member) {
  if (loaded_ == &member) return {};
  drop();
  Result<std::vector<char>> content = inflate(member);
  if (!content && content.error().code != ErrorCode::corrupt) return fail(content.error());
  if (!content) {
    if (!damage_.empty()) damage_ += "; ";
    damage_ +=
        fmt::format("{} bytes at {}: {}", member.bytes, member.offset, content.error().context);
  }
  if (content) content_ = std::move(*content);
  loaded_ = &member;
  return {};
}

Result<std::vector<char>> ArchiveFile::inflate(const ArchiveMember& member) {
  while (!ahead_.empty() && ahead_.front().member != &member) ahead_.pop_front();
  InflatePool::Ticket job;
  if (!ahead_.empty()) {
    job = std::move(ahead_.front().job);
    ahead_.pop_front();
  }
  if (pool_ != nullptr && last_ != &member) {
    const bool is_forward = &member > last_;
    if (last_ != nullptr) steps_ = is_forward ? std::max(steps_, 0) + 1 : std::min(steps_, 0) - 1;
    last_ = &member;
    // Who has read two in a row reads on.
    if (std::abs(steps_) > 1) read_ahead(member, is_forward);
  }
  if (job != nullptr) return pool_->take(job);
  LOGD_TRY_ASSIGN(const std::string_view compressed, reader_.read_compressed(member));
  std::vector<char> content;
  LOGD_TRY_ASSIGN(const std::string_view inflated, inflater_.inflate(member, compressed, content));
  content.resize(inflated.size());
  return content;
}

// Keeps the members that come next under way. What cannot be read is met again when it is asked
// for.
void ArchiveFile::read_ahead(const ArchiveMember& member, bool is_forward) {
  const ArchiveMember* const begin = members().data();
  const ArchiveMember* const end = begin + members().size();
  const ArchiveMember* next = ahead_.empty() ? &member : ahead_.back().member;
  while (ahead_.size() < pool_->window()) {
    if (is_forward ? next + 1 == end : next == begin) return;
    next += is_forward ? 1 : -1;
    if (is_wanted_ && !is_wanted_(next->summary)) continue;
    const auto compressed = reader_.read_compressed(*next);
    if (!compressed) return;
    auto job = pool_->begin(*next, *compressed);
    if (job == nullptr) return;
    ahead_.push_back({next, std::move(job)});
  }
}

Result<std::size_t> ArchiveFile::read_at(void* to, std::size_t bytes, std::uint64_t offset) {
  const ArchiveMember* const member = member_at(offset);
  if (member == nullptr || bytes == 0) return std::size_t{0};
  LOGD_TRY(load(*member));
  bytes =
      static_cast<std::size_t>(std::min<std::uint64_t>(bytes, member->uncompressed_end() - offset));
  if (!content_.empty()) {
    std::memcpy(to, content_.data() + (offset - member->uncompressed_offset), bytes);
    // It is counted once it is used, or given back at once.
    if (pool_ != nullptr && kept_bytes_ == 0) {
      if (pool_->keep(content_.size())) {
        kept_bytes_ = content_.size();
      } else {
        drop();
      }
    }
    return bytes;
  }
  std::memset(to, 0, bytes);
  if (offset + bytes == member->uncompressed_end()) static_cast<char*>(to)[bytes - 1] = '\n';
  return bytes;
}

Result<std::size_t> ArchiveFile::write_at(std::string_view, std::uint64_t) {
  return fail(system_error(EROFS, "write an archive"));
}
Result<void> ArchiveFile::truncate(std::uint64_t) {
  return fail(system_error(EROFS, "truncate an archive"));
}
Result<void> ArchiveFile::sync_data() { return {}; }

Result<FileStatus> ArchiveFile::status() {
  LOGD_TRY_ASSIGN(FileStatus status, compressed_->status());
  status.bytes = bytes_;
  return status;
}

Result<InflatedArchive> inflate_archive(File& compressed) {
  LOGD_TRY_ASSIGN(UniqueFd fd, open_unlinked());
  auto file = std::make_unique<TemporaryFile>(std::move(fd));
  LOGD_TRY_ASSIGN(ArchiveReader archive, ArchiveReader::open(compressed));
  const SegmentFile to(*file);
  LOGD_TRY_ASSIGN(std::string damage, archive.is_foreign() ? inflate_foreign(compressed, to)
                                                           : inflate_members(archive, to));
  return InflatedArchive{std::move(file), std::move(damage)};
}

}  // namespace logd
