// SPDX-License-Identifier: Apache-2.0
#include "ctl/run.h"

#include <errno.h>
#include <string.h>

#include "capture/shim_arguments.h"
#include "ctl/command.h"
#include "ctl/copier.h"
#include "ctl/exit_status.h"

namespace logd {
namespace {

int become_shim(const char* mode, const Result<std::vector<std::string>>& arguments) {
  if (!arguments) {
    complain(std::string(mode) + ": " + arguments.error().message());
    return kExitUsage;
  }
  exec_shim(*arguments);
  complain(std::string(mode) + ": " + arguments->front() + ": " + strerror(errno));
  return kExitPermission;
}

}  // namespace

Result<std::vector<std::string>> arguments_of(const Config& config, const RunOptions& options) {
  if (options.command.empty()) return fail(ErrorCode::invalid, "no command to run");
  if (options.signals != "auto" && options.signals != "pass" && options.signals != "none") {
    return fail(ErrorCode::invalid, "--signals is auto, pass or none");
  }
  if (options.copy_out && config.of(options.name).merge_instances) {
    return fail(ErrorCode::invalid,
                "--copy-out: with merge_instances the log does not tell whose line is whose; copy "
                "no output, or leave merge_instances out");
  }
  LOGD_TRY_ASSIGN(std::vector<std::string> arguments,
                  shim_arguments(config, "run", LogName{options.name, options.instance}));
  arguments.insert(arguments.end(), {"--signals", options.signals});
  if (config.of(options.name).merge_streams) arguments.push_back("--merge-streams");
  arguments.push_back("--");
  arguments.insert(arguments.end(), options.command.begin(), options.command.end());
  return arguments;
}

Result<std::vector<std::string>> arguments_of(const Config& config, const PipeOptions& options) {
  LOGD_TRY_ASSIGN(std::vector<std::string> arguments,
                  shim_arguments(config, "pipe", LogName{options.name, options.instance}));
  if (options.err) arguments.push_back("--err");
  return arguments;
}

int run_command(const Config& config, const RunOptions& options) {
  auto arguments = arguments_of(config, options);
  if (!arguments || !options.copy_out) return become_shim("run", arguments);
  const StartedCopier copier = start_copier(config, LogName{options.name, options.instance});
  if (copier.status != 0) return copier.status;
  const auto behind_mode = arguments->begin() + 2;
  arguments->insert(behind_mode, {"--copier", std::to_string(copier.link.get()), "--copier-pid",
                                  std::to_string(copier.pid)});
  return become_shim("run", arguments);
}

int pipe_command(const Config& config, const PipeOptions& options) {
  return become_shim("pipe", arguments_of(config, options));
}

}  // namespace logd
