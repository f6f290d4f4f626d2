// Checks the files of a log: that archives are sound, and segments whole records and nothing else.
//
// Only reads, and may run beside the daemon: a segment that becomes an archive or is deleted
// meanwhile is no damage, nor is an unfinished record at the end of the active one, which recovery
// cuts off. Memory is that of one member. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "logd/file_system.h"
#include "store/archive_reader.h"

namespace logd {

struct LogCheck {
  std::uint64_t archives = 0;
  std::uint64_t members = 0;    // of archives
  std::uint64_t segments = 0;   // plain ones
  std::uint64_t bytes = 0;      // of all these files
  std::uint64_t damaged = 0;    // places told
  std::uint64_t unchecked = 0;  // files told

  void add(const LogCheck& other);
};

// Takes a damaged place of a file: a member, or what is no record. By file, then mostly by offset.
using OnDamage = std::function<void(const std::string& file, const ArchiveDamage& damage)>;

// Takes a file that cannot be checked, and why: it may not be read, or there is no memory.
using OnUnchecked = std::function<void(const std::string& file, const Error& error)>;

// Goes on behind what cannot be checked. Errors: permission, io (the directory).
Result<LogCheck> check_log(Directory& log, const OnDamage& on_damage,
                           const OnUnchecked& on_unchecked);

}  // namespace logd
