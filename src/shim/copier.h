// Holds the link to the copier of a run, the process that prints what logd stores of it.
//
// Nothing of the run depends on it: a copier that has gone or is stuck is told nothing, and only at
// the end is one waited for, as long as it gets on. Messages: capture/copy_link.h. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "base/unique_fd.h"

namespace logd::shim {

class Copier {
 public:
  // `link` was inherited, and becomes ours alone. -1: there is no copier. `pid`: a child of ours.
  void adopt(int link, pid_t pid);

  bool is_there() const { return link_.is_open(); }
  int descriptor() const { return link_.get(); }

  void tell_started(pid_t command);

  // Returns true once it has printed all that is stored now and is reaped. False if it did not get
  // on for `still_ms`, since nobody takes what it prints: then it is ended.
  bool finish(std::int64_t still_ms);

  // Leaves it to the process that we were forked from.
  void leave() { link_.reset(); }

 private:
  bool await_end(std::int64_t still_ms);

  UniqueFd link_;
  pid_t pid_ = 0;
};

}  // namespace logd::shim
