// Names one place in a log: what tail, search, follow and forwarders carry.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace logd {

struct Cursor {
  std::string log;            // name of the log's directory: a process, or process@instance
  std::uint64_t segment = 0;  // number; 0 = before the first
  std::uint64_t offset = 0;   // in uncompressed bytes
};

}  // namespace logd
