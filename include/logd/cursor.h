// Names one record in a log: what tail, search, follow and forwarders carry to go on behind it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "logd/units.h"

namespace logd {

struct Cursor {
  std::string log;            // name of the log's directory: a process, or process@instance
  std::uint64_t segment = 0;  // number; 0 = before the first
  std::uint64_t offset = 0;   // in uncompressed bytes
  // Of the record there. Times of a log strictly increase: it checks the place, and finds it again
  // after the segment was written anew.
  WallTime time;
};

}  // namespace logd
