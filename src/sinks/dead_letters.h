// Keeps the records that a destination refuses, with the reason: `dead` and `dead.1` in its
// directory, one JSON object a line.
//
// When `dead` has half of the size that is allowed, it takes the place of `dead.1`, whose records
// are then lost, and counted. What is in there was masked before it was stored. Format:
// logd-ship(7). One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "logd/file_system.h"
#include "logd/names.h"
#include "logd/result.h"
#include "sinks/outgoing_record.h"

namespace logd {

inline constexpr char kDeadFile[] = "dead";
inline constexpr char kOldDeadFile[] = "dead.1";

struct DeadLetter {
  std::string log;  // its directory; of a note that has no record: empty
  std::string uid;
  std::string time;  // of the record, as in records
  std::string stream;
  std::string message;  // bytes that are not UTF-8 are in message_b64 as they are
  std::string reason;
  int status = 0;
  std::string answer;         // the first KiB
  std::uint64_t records = 0;  // of a note: so many of a batch were refused, nobody knows which
};

std::string dead_letter_text(const DeadLetter& letter, WallTime now);

class DeadLetters {
 public:
  // `directory` is the destination's, and must outlive it.
  DeadLetters(Directory& directory, std::uint64_t max_bytes);

  // Returns once it is on disk. Errors: no_space, io.
  Result<void> add(const std::vector<DeadLetter>& letters, WallTime now);

  std::uint64_t bytes() const { return old_bytes_ + new_bytes_; }

 private:
  Result<void> open();
  Result<void> turn();
  Result<void> put_all(std::string_view text);

  Directory& directory_;
  std::uint64_t max_bytes_;
  std::unique_ptr<File> file_;
  std::uint64_t new_bytes_ = 0;
  std::uint64_t old_bytes_ = 0;
};

}  // namespace logd
