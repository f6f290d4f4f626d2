// Keeps what the shim found at its start fit to be given on to CMD, and lets go of it afterwards.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>

#include <span>

namespace logd::shim {

// Fills descriptors 0 to 2 where they are closed, so that none of ours gets such a number. CMD
// finds them closed again, since exec closes what is put there.
void fill_standard_descriptors();

// The dispositions that the shim must change before CMD exists, as they were found.
class Dispositions {
 public:
  // A parent may have left SIGCHLD ignored: the kernel would then reap CMD itself, and its status
  // would be lost. Stops and continues of CMD are not told.
  void change();
  void restore() const;

 private:
  struct sigaction on_child_ {};
  struct sigaction on_pipe_ {};
};

// Closes every descriptor but 1, 2, the `kept` ones (-1: none) and perhaps 0. A shim that kept what
// CMD inherited would hold open its sockets, locks and the pipe it reads long after CMD has closed
// them.
enum class StandardInput { keep, release };
void release_inherited_descriptors(std::span<const int> kept, StandardInput input);

// Makes 0, 1 and 2 lead nowhere and the root the working directory, as daemons do.
void leave_surroundings();

}  // namespace logd::shim
