// SPDX-License-Identifier: Apache-2.0
#include "store/archive_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "base/file_io.h"
#include "base/unique_fd.h"

namespace logd {
namespace {

constexpr std::size_t kChunkBytes = 128 * 1024;

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
  if (!fd) return fail(system_error(errno, "make a temporary file in " + directory));
  ::unlink(path.c_str());
  return fd;
}

// Owns zlib's state of one inflation.
class Inflater {
 public:
  Inflater() { ready_ = ::inflateInit2(&stream_, 15 + 16) == Z_OK; }  // 16: gzip, not zlib
  ~Inflater() {
    if (ready_) ::inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  z_stream& stream() { return stream_; }

  // Inflates what is in `next_in` and hands it to `write`. Returns what is wrong with the bytes, if
  // anything.
  template <typename Write>
  Result<std::string> feed(Write write) {
    if (!ready_) return std::string("out of memory");
    while (stream_.avail_in > 0) {
      // A gzip file may be many members; each begins with a state of its own.
      if (at_member_end_ && ::inflateReset(&stream_) != Z_OK) return std::string("zlib failed");
      at_member_end_ = false;
      do {
        stream_.next_out = out_.data();
        stream_.avail_out = static_cast<uInt>(out_.size());
        const int status = ::inflate(&stream_, Z_NO_FLUSH);
        LOGD_TRY(write(std::string_view(reinterpret_cast<const char*>(out_.data()),
                                        out_.size() - stream_.avail_out)));
        if (status == Z_STREAM_END) {
          at_member_end_ = true;
          break;
        }
        if (status != Z_OK && status != Z_BUF_ERROR) {
          return std::string(stream_.msg != nullptr ? stream_.msg : "not a gzip file");
        }
      } while (stream_.avail_out == 0);
    }
    return std::string();
  }

  bool is_at_member_end() const { return at_member_end_; }

 private:
  z_stream stream_{};
  bool ready_ = false;
  bool at_member_end_ = false;
  std::vector<unsigned char> out_ = std::vector<unsigned char>(kChunkBytes);
};

}  // namespace

Result<InflatedArchive> inflate_archive(File& compressed) {
  LOGD_TRY_ASSIGN(UniqueFd fd, open_unlinked());
  auto file = std::make_unique<TemporaryFile>(std::move(fd));
  std::uint64_t written = 0;
  const auto write = [&](std::string_view bytes) -> Result<void> {
    while (!bytes.empty()) {
      LOGD_TRY_ASSIGN(const std::size_t put, file->write_at(bytes, written));
      written += put;
      bytes.remove_prefix(put);
    }
    return {};
  };

  Inflater inflater;
  std::vector<unsigned char> in(kChunkBytes);
  std::uint64_t offset = 0;
  std::string damage;
  while (damage.empty()) {
    LOGD_TRY_ASSIGN(const std::size_t got, compressed.read_at(in.data(), in.size(), offset));
    if (got == 0) break;
    offset += got;
    inflater.stream().next_in = in.data();
    inflater.stream().avail_in = static_cast<uInt>(got);
    LOGD_TRY_ASSIGN(damage, inflater.feed(write));
  }
  if (damage.empty() && !inflater.is_at_member_end()) damage = "it ends too early";
  return InflatedArchive{std::move(file), std::move(damage)};
}

}  // namespace logd
