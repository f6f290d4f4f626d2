// Starts the copier of `logctl run --copy-out`: a process beside the shim that prints what the run
// stores.
//
// The shim is this program after exec, so that its pid, its signals and its exit status stay what
// they are without a copier. What the two say to each other is capture/copy_link.h, what is printed
// run_copy.h's business. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include "base/unique_fd.h"
#include "logd/config.h"
#include "logd/names.h"

namespace logd {

struct StartedCopier {
  UniqueFd link;   // for the shim: it survives exec
  pid_t pid = 0;   // a child of ours, and so of the shim
  int status = 0;  // not 0: there is none, it has said why, and this is the exit status
};

// Returns once the copier stands at the end of `log`, so that nothing of the run escapes it. It
// ignores the signals that end a process group, and dies with us and the shim that we become.
StartedCopier start_copier(const Config& config, const LogName& log);

}  // namespace logd
