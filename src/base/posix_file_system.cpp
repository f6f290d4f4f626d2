// SPDX-License-Identifier: Apache-2.0
#include "base/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/file_io.h"

namespace logd {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kDirectoryMode = 0750;
constexpr gid_t kKeepGroup = static_cast<gid_t>(-1);
constexpr uid_t kKeepOwner = static_cast<uid_t>(-1);

Unexpected failed(std::string context) { return fail(system_error(errno, std::move(context))); }

// Opens `name` below `directory`; -1 and errno on failure.
int open_below(int directory, const std::string& name, int flags, mode_t mode) {
  flags |= O_CLOEXEC | O_NOFOLLOW | O_NOCTTY;
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;  // openat2 refuses a mode that it has no use for
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const long fd = retry_interrupted(
      [&] { return ::syscall(SYS_openat2, directory, name.c_str(), &how, sizeof(how)); });
  // EPERM: container runtimes used to refuse system calls that they did not know in this way.
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return static_cast<int>(fd);
  return retry_interrupted([&] { return ::openat(directory, name.c_str(), flags, mode); });
}

bool is_component(const std::string& name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\0", 2)) == std::string::npos;
}

FileStatus status_from(const struct stat& from) {
  FileStatus status;
  status.bytes = static_cast<std::uint64_t>(from.st_size);
  status.bytes_allocated = static_cast<std::uint64_t>(from.st_blocks) * 512;
  status.device = from.st_dev;
  status.inode = from.st_ino;
  status.links = static_cast<std::uint32_t>(from.st_nlink);
  status.is_regular = S_ISREG(from.st_mode);
  status.is_directory = S_ISDIR(from.st_mode);
  return status;
}

Result<FileStatus> status_of_fd(int fd, const std::string& label) {
  struct stat found {};
  if (::fstat(fd, &found) != 0) return failed("stat " + label);
  return status_from(found);
}

Result<void> give_group(int fd, gid_t group, const std::string& label) {
  struct stat found {};
  if (::fstat(fd, &found) != 0) return failed("stat " + label);
  // Also so that an owner who has left the group since can go on.
  if (found.st_gid == group) return {};
  if (::fchown(fd, kKeepOwner, group) != 0) return failed("change the group of " + label);
  return {};
}

// Gives a new file or directory what umask and directory have changed or withheld.
Result<void> finish_new(int fd, mode_t mode, gid_t group, const std::string& label) {
  if (group != kKeepGroup) LOGD_TRY(give_group(fd, group, label));
  if (::fchmod(fd, mode) != 0) return failed("change the mode of " + label);
  return {};
}

// renameat2 of a kernel, a file system or a seccomp filter that does not know its flags.
bool knows_no_flags(int sys_errno) {
  return sys_errno == EINVAL || sys_errno == ENOSYS || sys_errno == EOPNOTSUPP;
}

class PosixFile final : public File {
 public:
  PosixFile(UniqueFd fd, std::string label) : fd_(std::move(fd)), label_(std::move(label)) {}

  Result<std::size_t> read_at(void* to, std::size_t bytes, std::uint64_t offset) override {
    const ssize_t got = retry_interrupted(
        [&] { return ::pread(fd_.get(), to, bytes, static_cast<off_t>(offset)); });
    if (got < 0) return failed("read " + label_);
    return static_cast<std::size_t>(got);
  }

  Result<std::size_t> write_at(std::string_view bytes, std::uint64_t offset) override {
    const ssize_t put = retry_interrupted([&] {
      return ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    });
    if (put < 0) return failed("write " + label_);
    return static_cast<std::size_t>(put);
  }

  Result<void> truncate(std::uint64_t bytes) override {
    const int done =
        retry_interrupted([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(bytes)); });
    if (done != 0) return failed("truncate " + label_);
    return {};
  }

  Result<void> sync_data() override {
    if (retry_interrupted([&] { return ::fdatasync(fd_.get()); }) != 0) {
      return failed("sync " + label_);
    }
    return {};
  }

  Result<FileStatus> status() override { return status_of_fd(fd_.get(), label_); }
  int descriptor() const override { return fd_.get(); }

 private:
  UniqueFd fd_;
  std::string label_;
};

class PosixDirectory final : public Directory {
 public:
  PosixDirectory(UniqueFd fd, std::string label) : fd_(std::move(fd)), label_(std::move(label)) {}

  Result<std::unique_ptr<File>> open_file(const std::string& name, OpenMode mode) override {
    LOGD_TRY(check(name));
    int flags = O_RDONLY;
    const bool is_new = mode == OpenMode::create_new || mode == OpenMode::create_append;
    if (mode != OpenMode::read) flags = O_RDWR;
    if (is_new) flags |= O_CREAT | O_EXCL;
    if (mode == OpenMode::append || mode == OpenMode::create_append) flags |= O_APPEND;
    // O_NONBLOCK: a FIFO put in a segment's place must not make us wait for its writer.
    UniqueFd fd(open_below(fd_.get(), name, flags | O_NONBLOCK, kFileMode));
    if (!fd) return failed("open " + path_of(name));
    if (is_new) {
      LOGD_TRY(finish_new(fd.get(), kFileMode, group_, path_of(name)));
    }
    return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(fd), path_of(name)));
  }

  Result<std::unique_ptr<Directory>> open_directory(const std::string& name,
                                                    Create create) override {
    LOGD_TRY(check(name));
    bool is_new = false;
    if (create == Create::yes) {
      is_new = ::mkdirat(fd_.get(), name.c_str(), kDirectoryMode) == 0;
      if (!is_new && errno != EEXIST) return failed("create " + path_of(name));
    }
    UniqueFd fd(open_below(fd_.get(), name, O_RDONLY | O_DIRECTORY, 0));
    if (!fd) return failed("open " + path_of(name));
    if (is_new) LOGD_TRY(finish_new(fd.get(), kDirectoryMode, group_, path_of(name)));
    auto directory = std::make_unique<PosixDirectory>(std::move(fd), path_of(name));
    if (is_new) directory->group_ = group_;
    return std::unique_ptr<Directory>(std::move(directory));
  }

  Result<std::vector<std::string>> list() override {
    // A description of its own: reading moves a position that our descriptor would share.
    UniqueFd own(retry_interrupted(
        [&] { return ::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (!own) return failed("list " + label_);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(own.get()), ::closedir);
    if (stream == nullptr) return failed("list " + label_);
    std::ignore = own.release();  // closedir closes it
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
      std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(std::move(name));
      errno = 0;
    }
    if (errno != 0) return failed("list " + label_);
    return names;
  }

  Result<FileStatus> status_of(const std::string& name) override {
    LOGD_TRY(check(name));
    struct stat found {};
    if (::fstatat(fd_.get(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
      return failed("stat " + path_of(name));
    }
    return status_from(found);
  }

  Result<void> remove(const std::string& name) override {
    LOGD_TRY(check(name));
    if (::unlinkat(fd_.get(), name.c_str(), 0) != 0) return failed("remove " + path_of(name));
    return {};
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    LOGD_TRY(check(from));
    LOGD_TRY(check(to));
    if (::renameat(fd_.get(), from.c_str(), fd_.get(), to.c_str()) != 0) {
      return failed("rename " + path_of(from) + " to " + to);
    }
    return {};
  }

  Result<void> rename_new(const std::string& from, const std::string& to) override {
    LOGD_TRY(check(from));
    LOGD_TRY(check(to));
    const std::string what = "rename " + path_of(from) + " to " + to;
    if (::renameat2(fd_.get(), from.c_str(), fd_.get(), to.c_str(), RENAME_NOREPLACE) == 0)
      return {};
    if (!knows_no_flags(errno)) return failed(what);
    // A link never takes the place of a file either.
    if (::linkat(fd_.get(), from.c_str(), fd_.get(), to.c_str(), 0) != 0) return failed(what);
    return remove(from);
  }

  Result<void> replace(const std::string& from, const std::string& to) override {
    LOGD_TRY(check(from));
    LOGD_TRY(check(to));
    if (::renameat2(fd_.get(), from.c_str(), fd_.get(), to.c_str(), RENAME_EXCHANGE) == 0)
      return remove(from);
    if (!knows_no_flags(errno)) return failed("put " + path_of(from) + " in the place of " + to);
    // The best that such a file system can do.
    LOGD_TRY(status_of(to));
    return rename(from, to);
  }

  Result<void> make_symlink(const std::string& target, const std::string& name) override {
    LOGD_TRY(check(name));
    if (::symlinkat(target.c_str(), fd_.get(), name.c_str()) != 0) {
      return failed("link " + path_of(name));
    }
    return {};
  }

  Result<void> sync() override {
    const int done = retry_interrupted([&] { return ::fsync(fd_.get()); });
    // EINVAL: a file system that has nothing to sync for a directory.
    if (done != 0 && errno != EINVAL) return failed("sync " + label_);
    return {};
  }

  Result<void> sync_file_system() override {
    if (retry_interrupted([&] { return ::syncfs(fd_.get()); }) != 0)
      return failed("sync the file system of " + label_);
    return {};
  }

  Result<FileStatus> status() override { return status_of_fd(fd_.get(), label_); }

  Result<DiskSpace> space() override {
    struct statvfs found {};
    if (retry_interrupted([&] { return ::fstatvfs(fd_.get(), &found); }) != 0)
      return failed("look at the disk of " + label_);
    return DiskSpace{std::uint64_t{found.f_blocks} * found.f_frsize,
                     std::uint64_t{found.f_bavail} * found.f_frsize};
  }

  Result<void> set_group(std::uint32_t gid) override {
    LOGD_TRY(give_group(fd_.get(), gid, label_));
    group_ = gid;
    return {};
  }

  int descriptor() const override { return fd_.get(); }

 private:
  std::string path_of(const std::string& name) const { return label_ + "/" + name; }

  Result<void> check(const std::string& name) const {
    if (is_component(name)) return {};
    return fail(ErrorCode::invalid, "\"" + name + "\" is not a file name (below " + label_ + ")");
  }

  UniqueFd fd_;
  std::string label_;
  gid_t group_ = kKeepGroup;
};

}  // namespace

Result<std::unique_ptr<Directory>> PosixFileSystem::open_directory(const std::string& path) {
  UniqueFd fd(retry_interrupted(
      [&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY); }));
  if (!fd) return failed("open " + path);
  return make_posix_directory(std::move(fd), path);
}

std::unique_ptr<File> make_posix_file(UniqueFd fd, std::string label) {
  return std::make_unique<PosixFile>(std::move(fd), std::move(label));
}

std::unique_ptr<Directory> make_posix_directory(UniqueFd fd, std::string label) {
  return std::make_unique<PosixDirectory>(std::move(fd), std::move(label));
}

}  // namespace logd
