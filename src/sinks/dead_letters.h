// Keeps the records that a destination refuses, with the reason: `dead` and `dead.1` in its
// directory, as ship/dead_letter.h has them.
//
// When `dead` has half of the size that is allowed, it takes the place of `dead.1`, whose records
// are then lost, and counted. What is in there was masked before it was stored. Format:
// logd-ship(7). One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "logd/file_system.h"
#include "logd/result.h"
#include "ship/dead_letter.h"

namespace logd {

class DeadLetters {
 public:
  // `directory` is the destination's, and must outlive it.
  DeadLetters(Directory& directory, std::uint64_t max_bytes);

  // Returns once it is on disk. Errors: no_space, io.
  Result<void> add(const std::vector<DeadLetter>& letters, WallTime now);

  // The same with whole lines.
  Result<void> add_text(const std::string& text);

  // Deletes all of them. Errors: permission, io.
  Result<void> drop();

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
