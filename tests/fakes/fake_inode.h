// Is one file, directory or link of the FakeFileSystem, as it stands and as it was last synced.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "fakes/fake_file_system.h"

namespace logd::fakes {

// Of all disks: loop and worker of a test use one at the same time, as they do a real one.
inline std::recursive_mutex& disk_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

struct FakeFileSystem::Inode {
  using Entries = std::map<std::string, InodePtr>;

  std::uint64_t number = 0;
  std::uint32_t links = 1;
  std::uint32_t group = 0;
  bool is_directory = false;
  bool is_symlink = false;
  bool is_denied = false;
  std::string data;  // the target, if it is a link
  std::string synced_data;
  Entries entries;
  Entries synced_entries;
};

}  // namespace logd::fakes
