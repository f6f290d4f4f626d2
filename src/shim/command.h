// Starts CMD as if the shim were not there: only its standard output and error are ours.
//
// Waiting for it and passing signals on is the Shim's business.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include "shim/inheritance.h"

namespace logd::shim {

struct StartedCommand {
  pid_t pid = 0;      // 0: fork failed
  int sys_errno = 0;  // 0: CMD runs; else why it does not
};

// Starts `command` (PATH is searched) with the two descriptors as 1 and 2, and returns once it runs
// or has failed to. A command that failed has been reaped.
//
// CMD gets TERM if this process dies. LISTEN_PID and WATCHDOG_PID that name this process name CMD.
StartedCommand start_command(char** command, int out, int err, const Inheritance& inheritance);

}  // namespace logd::shim
