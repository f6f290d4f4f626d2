// Reaches real files below directory descriptors, close-on-exec and without following links.
//
// The calls and their errors are those of logd/file_system.h. Names are opened with openat2 where
// the kernel has it (5.6) and a seccomp filter lets it through, else with openat and O_NOFOLLOW.
// Any thread, one thread at a time per object.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "logd/file_system.h"

namespace logd {

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<Directory>> open_directory(const std::string& path) override;
};

// The File of a descriptor. `label` names it in errors.
std::unique_ptr<File> make_posix_file(UniqueFd fd, std::string label);

// The Directory of a descriptor that is open on one. `label` names it in errors.
std::unique_ptr<Directory> make_posix_directory(UniqueFd fd, std::string label);

}  // namespace logd
