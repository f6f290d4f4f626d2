// Makes the two FIFOs of a process for programs that can only write to a file, and sees to it that
// only one keeper holds them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "base/unique_fd.h"
#include "shim/options.h"
#include "shim/stream.h"

namespace logd::shim {

class Fifos {
 public:
  enum class Opened { yes, held_by_another, failed };

  // Takes the lock <directory>/.NAME.keeper, makes NAME.out and NAME.err (mode 0620, group
  // options.gid) where they are missing, and opens both ends of them into `streams`. On failed
  // `problem` says why.
  Opened open(const Options& options, std::span<Stream, 2> streams, Text& problem);

  // Removes both names: the configuration has no such FIFO any more.
  void remove() const;

  int lock_descriptor() const { return lock_.get(); }

 private:
  UniqueFd lock_;  // held until the process ends
  Text paths_[2];
};

}  // namespace logd::shim
