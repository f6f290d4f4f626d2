// Takes the dead letters of a destination up again, one at a time: `logctl ship dlq replay`.
//
// They are put aside in a file of their own, `dead.again`, which goes when each was answered for;
// what is refused again is a dead letter as before. When they are sent is the loop's business. One
// thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "logd/file_system.h"
#include "logd/result.h"
#include "logd/units.h"
#include "ship/dead_letter.h"
#include "sinks/dead_letters.h"

namespace logd {

class LetterReplay {
 public:
  // Both must outlive it.
  LetterReplay(Directory& directory, DeadLetters& dead);

  // Puts all of them aside, with what an earlier one has left. Errors: no_space, permission, io:
  // then all is as before, but for letters that may be there twice.
  Result<void> begin();

  // Whether next() may have something now.
  bool is_waiting() const { return file_ != nullptr && !is_out_; }

  // The next one that is of a record of a log, while nothing else is out.
  std::optional<DeadLetter> next();

  // What next() gave was answered for.
  void done();
  // It was not, and comes again.
  void give_back() { is_out_ = false; }

  // What was put aside is no longer wanted.
  void forget();

  std::uint64_t bytes() const { return bytes_; }  // put aside

 private:
  std::optional<std::string> next_line();

  Directory& directory_;
  DeadLetters& dead_;
  std::unique_ptr<File> file_;  // while there are any
  std::string read_;            // of the file, up to offset_
  std::uint64_t offset_ = 0;
  std::uint64_t bytes_ = 0;
  std::optional<DeadLetter> current_;
  bool is_out_ = false;
};

}  // namespace logd
