// Reaches files below a directory descriptor: only the calls that the store and its readers need.
//
// Names are single path components, and a symbolic link is never followed. Production:
// base/posix_file_system.h; tests fail, cut short or stop after any call:
// tests/fakes/fake_file_system.h. Any thread, one thread at a time per object.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "logd/result.h"

namespace logd {

struct FileStatus {
  std::uint64_t bytes = 0;            // size
  std::uint64_t bytes_allocated = 0;  // on disk
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint32_t links = 0;  // 0: deleted while open
  bool is_regular = false;
  bool is_directory = false;
};

struct DiskSpace {
  std::uint64_t total_bytes = 0;
  std::uint64_t available_bytes = 0;  // to us: what is reserved for root does not count
};

class File {
 public:
  virtual ~File() = default;

  // Reads up to `bytes` at `offset`; returns how many, 0 at the end. Retries EINTR.
  virtual Result<std::size_t> read_at(void* to, std::size_t bytes, std::uint64_t offset) = 0;

  // One pwrite: returns how many bytes went in, which may be fewer than given (a short write). In
  // the modes that append they go to the end, wherever that is. Errors: no_space, io.
  virtual Result<std::size_t> write_at(std::string_view bytes, std::uint64_t offset) = 0;

  virtual Result<void> truncate(std::uint64_t bytes) = 0;

  // Returns once the contents would survive a power cut. Blocks for the disk. After a failure what
  // reached the disk is unknown: never call it again for the same contents.
  virtual Result<void> sync_data() = 0;

  virtual Result<FileStatus> status() = 0;

  // The descriptor, for what needs one (inotify, a worker's sync); -1 in fakes. Owned by this
  // object.
  virtual int descriptor() const = 0;
};

enum class OpenMode {
  read,           // existing, read only
  read_write,     // existing
  append,         // existing; read, and write at the end
  create_new,     // read and write; Errors: exists
  create_append,  // as create_new, and append
};

enum class Create { no, yes };

class Directory {
 public:
  virtual ~Directory() = default;

  // Errors: not_found, permission, exists (create_new), io (also a symbolic link: ELOOP). New files
  // get mode 0640 and the group of set_group().
  virtual Result<std::unique_ptr<File>> open_file(const std::string& name, OpenMode mode) = 0;

  // New directories get mode 0750 and the group of set_group().
  virtual Result<std::unique_ptr<Directory>> open_directory(const std::string& name,
                                                            Create create) = 0;

  // All names but "." and "..", in no order.
  virtual Result<std::vector<std::string>> list() = 0;

  virtual Result<FileStatus> status_of(const std::string& name) = 0;  // does not follow a link
  virtual Result<void> remove(const std::string& name) = 0;  // a file or link; Errors: not_found
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;

  // As rename(), but never over what is there. Errors: exists.
  virtual Result<void> rename_new(const std::string& from, const std::string& to) = 0;

  // Gives the file `from` the name of the file `to`, which goes; at no moment is there none of that
  // name, and none comes back that somebody else deletes meanwhile. A crash may leave the old file
  // under the name `from`. Errors: not_found (either of them).
  virtual Result<void> replace(const std::string& from, const std::string& to) = 0;

  virtual Result<void> make_symlink(const std::string& target, const std::string& name) = 0;

  // Of the file system that it lies on. Errors: io.
  virtual Result<DiskSpace> space() = 0;

  // Returns once the names would survive a power cut.
  virtual Result<void> sync() = 0;

  // Returns once everything in the file system of this directory would survive a power cut, names
  // and contents. Failures of earlier writes are reported once to each object that was open then.
  virtual Result<void> sync_file_system() = 0;

  virtual Result<FileStatus> status() = 0;

  // Group given to this directory and to everything made in it from now on. Errors: permission (not
  // one of our groups).
  virtual Result<void> set_group(std::uint32_t gid) = 0;

  virtual int descriptor() const = 0;  // -1 in fakes
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // Opens the directory at an absolute or relative path; the path itself may contain links.
  virtual Result<std::unique_ptr<Directory>> open_directory(const std::string& path) = 0;
};

}  // namespace logd
