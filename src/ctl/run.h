// Becomes the shim for `logctl run` and `logctl pipe`, and passes on what concerns the run.
//
// The command line is read by start.cpp, what all shims get by capture/shim_arguments.h; everything
// after the start is the shim's business.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "logd/config.h"
#include "logd/names.h"

namespace logd {

struct RunOptions {
  std::string name;
  int instance = kNoInstance;
  std::string signals = "auto";  // auto | pass | none
  std::vector<std::string> command;
  bool copy_out = false;  // what is stored is printed too
};

struct PipeOptions {
  std::string name;
  int instance = kNoInstance;
  bool err = false;
};

// Both return only if they fail, with the exit status: 2 (usage), 6 (the shim cannot be started, or
// what is stored may not be read).
int run_command(const Config& config, const RunOptions& options);
int pipe_command(const Config& config, const PipeOptions& options);

// What the shim is given for these options, its own path first. Errors: invalid.
Result<std::vector<std::string>> arguments_of(const Config& config, const RunOptions& options);
Result<std::vector<std::string>> arguments_of(const Config& config, const PipeOptions& options);

}  // namespace logd
