// Looks at the ends of a segment: where its last whole record ends, and which times it has.
//
// Reads blocks backwards, so the cost does not depend on the size of the segment. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "logd/file_system.h"
#include "logd/units.h"

namespace logd {

// Offset behind the last newline in the first `bytes` of `file`; 0 if there is none.
Result<std::uint64_t> end_of_last_record(File& file, std::uint64_t bytes);

// As above, but where a power cut may have come between: what the file system had not written yet
// is missing or NUL. Offset behind the last line that is a record and holds no aligned block of 512
// NULs, the smallest thing that a disk loses.
Result<std::uint64_t> end_of_last_sound_record(File& file, std::uint64_t bytes);

// Time of the record that ends at `end` (an offset behind a newline). Nothing if it is not one of
// ours.
Result<std::optional<WallTime>> time_of_record_before(File& file, std::uint64_t end);

// Time of the record at the front of `file`. Nothing if it is not one of ours.
Result<std::optional<WallTime>> time_of_first_record(File& file);

// Number of the run whose start event stands last in the first `bytes` of `file`. Looks back a few
// MiB at most; nothing if there is none.
Result<std::optional<std::uint64_t>> last_run_before(File& file, std::uint64_t bytes);

// Number of newlines in [begin, end).
Result<std::uint64_t> count_records(File& file, std::uint64_t begin, std::uint64_t end);

// Reads exactly `bytes`. Errors: corrupt (the file is shorter), io.
Result<void> read_exactly(File& file, void* to, std::size_t bytes, std::uint64_t offset);

}  // namespace logd
