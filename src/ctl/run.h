// Starts the shim for `logctl run` and `logctl pipe`: checks the names, passes on what concerns the
// run, and becomes logd-shim.
//
// The command line is read by main.cpp; everything after the start is the shim's business.
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
};

struct PipeOptions {
  std::string name;
  int instance = kNoInstance;
  bool err = false;
};

// Both return only if they fail, with the exit status: 2 (usage), 6 (the shim cannot be started).
int run_command(const Config& config, const RunOptions& options);
int pipe_command(const Config& config, const PipeOptions& options);

// The arguments that the shim gets for these options, its own path first. Errors: invalid.
Result<std::vector<std::string>> shim_arguments(const Config& config, const RunOptions& options);
Result<std::vector<std::string>> shim_arguments(const Config& config, const PipeOptions& options);

}  // namespace logd
