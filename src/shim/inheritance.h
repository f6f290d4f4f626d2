// Keeps what the shim found at its start fit to be given on to CMD, and lets go of it afterwards.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>
#include <sys/resource.h>

#include <span>

namespace logd::shim {

// Fills descriptors 0 to 2 where they are closed, so that none of ours gets such a number. CMD
// finds them closed again, since exec closes what is put there.
void fill_standard_descriptors();

// What the shim must have otherwise, and CMD gets back as it was found.
class Inheritance {
 public:
  // SIGCHLD: a parent may have left it ignored, and the kernel would then reap CMD itself, whose
  // status would be lost (stops and continues of CMD are not told). SIGPIPE, SIGXFSZ: ignored. The
  // largest size of a file: as large as allowed, since an escrow counts as one.
  void change();
  void restore() const;

 private:
  struct sigaction on_child_ {};
  struct sigaction on_pipe_ {};
  struct sigaction on_file_size_ {};
  rlimit file_size_{};
};

// Closes every descriptor but 1, 2, the `kept` ones (-1: none) and perhaps 0. A shim that kept what
// CMD inherited would hold open its sockets, locks and the pipe it reads long after CMD has closed
// them.
enum class StandardInput { keep, release };
void release_inherited_descriptors(std::span<const int> kept, StandardInput input);

// Makes 0, 1 and 2 lead nowhere and the root the working directory, as daemons do.
void leave_surroundings();

}  // namespace logd::shim
