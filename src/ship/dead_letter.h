// What a destination has refused, as it is kept: one JSON object a line, in the files `dead.again`
// (those that are being sent once more), `dead.1` (older) and `dead` of the destination's
// directory.
//
// Who writes the files is sinks/dead_letters.h; logctl reads them as well. Masked before it was
// stored. Pure but for reading. Format: logd-ship(7).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "logd/file_system.h"
#include "logd/result.h"
#include "logd/units.h"

namespace logd {

inline constexpr char kDeadFile[] = "dead";
inline constexpr char kOldDeadFile[] = "dead.1";
inline constexpr char kDeadAgainFile[] = "dead.again";

struct DeadLetter {
  std::string log;  // its directory; of a note that has no record: empty
  std::string uid;
  std::string time;  // of the record, as in records
  std::string stream;
  std::string message;  // any bytes; of a note: which records it is about
  std::string reason;
  int status = 0;
  std::string answer;         // the first KiB
  std::uint64_t records = 0;  // of a note: so many of a batch were refused, nobody knows which

  bool operator==(const DeadLetter&) const = default;
};

std::string dead_letter_text(const DeadLetter& letter, WallTime now);

struct ReadDeadLetter {
  DeadLetter letter;
  std::string refused;  // when, RFC 3339
};
// Errors: invalid.
Result<ReadDeadLetter> parse_dead_letter(std::string_view line);

// Calls `sink` with each line of the files, the oldest first, without its newline; one without a
// newline is not complete, and left out. None, if there are no files. Errors: permission, io.
enum class Letters : std::uint8_t { all, but_again };
Result<void> read_dead_letters(Directory& directory, Letters which,
                               const std::function<void(std::string_view line)>& sink);

}  // namespace logd
