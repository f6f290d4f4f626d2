// Reads the command line that logctl and logd give to the shim.
//
// The values were checked by the caller; they are checked again, since anybody can start a shim.
// The user's own options and the configuration are logctl's business. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "shim/text.h"

namespace logd::shim {

enum class Mode {
  run,   // starts CMD
  pipe,  // takes standard input
  fifo,  // holds the two FIFOs of a process
};

enum class Signals { pass, none };
enum class OnFull { block, drop };

// Exit statuses of the contract that are the shim's own, all before the start of CMD.
inline constexpr int kUsageError = 2;
inline constexpr int kStartError = 6;
inline constexpr int kNotExecutable = 126;
inline constexpr int kNotFound = 127;

struct Options {
  Mode mode = Mode::run;
  char socket[108]{};  // absolute; as long as sockaddr_un takes
  char name[65]{};
  std::int32_t instance = -1;
  Signals signals = Signals::pass;
  bool is_err = false;
  bool is_merged = false;
  int copier = -1;       // run; descriptor of the link to its copier, or none
  pid_t copier_pid = 0;  // and its pid, a child of ours
  std::int64_t exit_wait_ms = 5000;
  OnFull on_full = OnFull::block;
  std::int64_t drop_after_ms = 1000;
  std::uint64_t escrow_bytes = 1 << 20;
  char directory[400]{};     // fifo; absolute, since a keeper leaves the working directory
  std::int64_t gid = -1;     // fifo; -1: as it comes
  char** command = nullptr;  // run; ends with a null pointer, not empty

  // "logctl run: web: ": what every message starts with.
  Text prefix() const;
};

// Fills `options`. On false `problem` says what is wrong, for people.
bool parse_options(int argc, char** argv, Options& options, Text& problem);

}  // namespace logd::shim
