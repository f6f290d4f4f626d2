// Starts a program without a copy of our memory: posix_spawn, with what a child must not inherit
// set right. The calling thread waits until the program is loaded.
//
// Use each object once. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "logd/result.h"

namespace logd {

class ProgramStart {
 public:
  // Signals are neither blocked nor ignored there.
  ProgramStart();
  ~ProgramStart();
  ProgramStart(const ProgramStart&) = delete;
  ProgramStart& operator=(const ProgramStart&) = delete;

  // It leads a session, and so a process group, of its own.
  void lead_session();
  // Its descriptor `to` is our `from`, another one.
  void give(int from, int to);
  // It writes to nowhere.
  void discard(int descriptor);

  // `path` may be another than the first argument, its name. `variables` (NAME=value) come before
  // ours, of which it gets all but what a supervisor says to this process alone. Returns its pid.
  // Errors: not_found, permission, io.
  Result<pid_t> start(const std::string& path, std::vector<std::string> arguments,
                      std::vector<std::string> variables = {});

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  short flags_;
};

}  // namespace logd
