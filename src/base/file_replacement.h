// Writes a file anew: another one beside it takes its place once it is complete.
//
// A kill in the middle leaves the old file as it was, and the other one, whose name ends in six
// characters more, as rubbish. The new file's mode is 0600. Blocks for the disk. One thread at a
// time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "logd/result.h"

namespace logd {

class FileReplacement {
 public:
  // `path` is a file, a symbolic link to one, which stays, or nothing yet. Errors: not_found (its
  // directory), permission, io, no_space.
  static Result<FileReplacement> begin(const std::string& path);

  // What `path` stands for if it is a symbolic link, be that there or not; else `path`.
  static std::string target_of(const std::string& path);

  FileReplacement(FileReplacement&& other) noexcept;
  FileReplacement& operator=(FileReplacement&&) = delete;
  // Without finish(), nothing has happened.
  ~FileReplacement();

  int descriptor() const { return fd_.get(); }

  // Errors: io, no_space.
  Result<void> write(std::string_view bytes);

  // Syncs it and gives it its name. Errors: io, no_space.
  Result<void> finish();

 private:
  FileReplacement() = default;

  std::string path_;
  std::string temporary_;  // empty: there is none any more
  UniqueFd fd_;
};

}  // namespace logd
