// Tells of a file of a log what can be told without reading it all: its uncompressed size and
// times.
//
// An archive says both in its table or in the headers of its members. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "logd/file_system.h"
#include "store/segment_name.h"

namespace logd {

struct SegmentFacts {
  // Nothing if that takes inflating: another program's gzip file, or a damaged one.
  std::optional<std::uint64_t> uncompressed_bytes;
  std::optional<WallTime> first_time;  // of a record; nothing if there is none, or unknown
  std::optional<WallTime> last_time;
};

// Of a segment or archive; of other forms nothing is known. Errors: not_found, permission, io.
Result<SegmentFacts> facts_of(Directory& log, const SegmentName& name);

}  // namespace logd
