// SPDX-License-Identifier: Apache-2.0
#include "ctl/run.h"

#include <errno.h>
#include <fmt/core.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

namespace logd {
namespace {

constexpr int kUsageError = 2;
constexpr int kStartError = 6;
constexpr std::string_view kShimName = "logd-shim";

// The shim beside logctl (a build, a copied folder), else the installed one.
std::string find_shim() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    const std::filesystem::path beside = self.parent_path() / kShimName;
    if (access(beside.c_str(), X_OK) == 0) return beside;
  }
  return fmt::format("{}/{}", LOGD_LIBEXECDIR, kShimName);
}

// Absolute, since a keeper leaves the working directory.
Result<std::string> socket_path(const Config& config) {
  std::error_code error;
  std::string path = std::filesystem::absolute(config.run_dir, error) / "capture.sock";
  if (error) return fail(ErrorCode::invalid, "run_dir " + config.run_dir + ": " + error.message());
  constexpr std::size_t kMaxBytes = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kMaxBytes) {
    return fail(ErrorCode::invalid,
                fmt::format("run_dir is too long: a socket's path has at most {} bytes: {}",
                            kMaxBytes, path));
  }
  return path;
}

Result<void> check_source(const std::string& name, int instance) {
  LOGD_TRY(check_process_name(name));
  if (instance != kNoInstance && (instance < 0 || instance > kMaxInstance)) {
    return fail(ErrorCode::invalid, fmt::format("instance must be 0 to {}", kMaxInstance));
  }
  return {};
}

// What run and pipe have in common.
Result<std::vector<std::string>> common_arguments(const Config& config, const char* mode,
                                                  const std::string& name, int instance) {
  LOGD_TRY(check_source(name, instance));
  LOGD_TRY_ASSIGN(const std::string socket, socket_path(config));
  const ProcessConfig& process = config.of(name);
  std::vector<std::string> arguments{
      find_shim(),       mode,
      "--socket",        socket,
      "--name",          name,
      "--exit-wait-ms",  std::to_string(process.exit_wait.count()),
      "--on-full",       process.on_full == OnFull::drop ? "drop" : "block",
      "--drop-after-ms", std::to_string(process.drop_after.count()),
      "--escrow-bytes",  std::to_string(escrow_bytes_for(process.max_line_bytes)),
  };
  if (instance != kNoInstance) {
    arguments.insert(arguments.end(), {"--instance", std::to_string(instance)});
  }
  return arguments;
}

int become_shim(const char* mode, const Result<std::vector<std::string>>& arguments) {
  if (!arguments) {
    fmt::print(stderr, "logctl {}: {}\n", mode, arguments.error().message());
    return kUsageError;
  }
  std::vector<char*> pointers;
  for (const std::string& argument : arguments.value()) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  execv(pointers.front(), pointers.data());
  fmt::print(stderr, "logctl {}: {}: {}\n", mode, pointers.front(), strerror(errno));
  return kStartError;
}

}  // namespace

Result<std::vector<std::string>> shim_arguments(const Config& config, const RunOptions& options) {
  if (options.command.empty()) return fail(ErrorCode::invalid, "no command to run");
  if (options.signals != "auto" && options.signals != "pass" && options.signals != "none") {
    return fail(ErrorCode::invalid, "--signals must be auto, pass or none");
  }
  LOGD_TRY_ASSIGN(std::vector<std::string> arguments,
                  common_arguments(config, "run", options.name, options.instance));
  arguments.insert(arguments.end(), {"--signals", options.signals});
  if (config.of(options.name).merge_streams) arguments.push_back("--merge-streams");
  arguments.push_back("--");
  arguments.insert(arguments.end(), options.command.begin(), options.command.end());
  return arguments;
}

Result<std::vector<std::string>> shim_arguments(const Config& config, const PipeOptions& options) {
  LOGD_TRY_ASSIGN(std::vector<std::string> arguments,
                  common_arguments(config, "pipe", options.name, options.instance));
  if (options.err) arguments.push_back("--err");
  return arguments;
}

int run_command(const Config& config, const RunOptions& options) {
  return become_shim("run", shim_arguments(config, options));
}

int pipe_command(const Config& config, const PipeOptions& options) {
  return become_shim("pipe", shim_arguments(config, options));
}

}  // namespace logd
