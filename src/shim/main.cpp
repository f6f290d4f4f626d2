// Starts the shim. It is static and tiny, since there is one for every run: no iostreams, no
// threads, no heap.
// SPDX-License-Identifier: Apache-2.0
#include <sys/prctl.h>

#include "shim/inheritance.h"
#include "shim/options.h"
#include "shim/shim.h"

int main(int argc, char** argv) {
  using namespace logd::shim;
  fill_standard_descriptors();
  // Before there is anything to read: nobody of this user may attach to us and take the
  // descriptors, CMD least of all.
  prctl(PR_SET_DUMPABLE, 0);
  Options options;
  Text problem;
  if (!parse_options(argc, argv, options, problem)) {
    Text text = options.prefix();
    say(text.add(problem.view()));
    return kUsageError;
  }
  Shim shim(options, Title(argc, argv));
  return shim.run();
}
