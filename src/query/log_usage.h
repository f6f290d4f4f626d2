// Adds up what the files of a log take on the disk, and how much they hold uncompressed.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "logd/file_system.h"

namespace logd {

// Bytes that the file system gives to the files, as du(1) counts them, but for the last two.
struct LogUsage {
  std::uint64_t active_bytes = 0;
  std::uint64_t plain_bytes = 0;  // closed segments
  std::uint64_t archive_bytes = 0;
  std::uint64_t other_bytes = 0;  // what recovery kept aside, rubbish of a crash, strange files
  std::uint64_t uncompressed_bytes = 0;  // of segments and archives, as far as it is known
  bool is_uncompressed_known = true;     // of all of them

  std::uint64_t total_bytes() const {
    return active_bytes + plain_bytes + archive_bytes + other_bytes;
  }
  void add(const LogUsage& other);
};

// Errors: permission, io. A file that goes meanwhile is left out.
Result<LogUsage> usage_of(Directory& log);

}  // namespace logd
