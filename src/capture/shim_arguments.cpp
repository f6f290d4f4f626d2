// SPDX-License-Identifier: Apache-2.0
#include "capture/shim_arguments.h"

#include <fmt/format.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "base/own_program.h"

namespace logd {
namespace {

constexpr const char* kShimName = "logd-shim";

// Absolute, since a keeper leaves the working directory.
Result<std::string> socket_path(const Config& config) {
  std::error_code error;
  std::string path = std::filesystem::absolute(config.run_dir, error) / "capture.sock";
  if (error) return fail(ErrorCode::invalid, "run_dir " + config.run_dir + ": " + error.message());
  constexpr std::size_t kMaxBytes = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kMaxBytes)
    return fail(ErrorCode::invalid,
                fmt::format("run_dir is too long: a socket's path has at most {} bytes: {}",
                            kMaxBytes, path));
  return path;
}

}  // namespace

Result<std::vector<std::string>> shim_arguments(const Config& config, const std::string& mode,
                                                const LogName& name) {
  LOGD_TRY(check_process_name(name.process));
  if (name.instance != kNoInstance && (name.instance < 0 || name.instance > kMaxInstance))
    return fail(ErrorCode::invalid, fmt::format("instance must be 0 to {}", kMaxInstance));
  LOGD_TRY_ASSIGN(const std::string socket, socket_path(config));
  const ProcessConfig& process = config.of(name.process);
  std::vector<std::string> arguments{
      own_program(kShimName),
      mode,
      "--socket",
      socket,
      "--name",
      name.process,
      "--exit-wait-ms",
      std::to_string(process.exit_wait.count()),
      "--on-full",
      process.on_full == OnFull::drop ? "drop" : "block",
      "--drop-after-ms",
      std::to_string(process.drop_after.count()),
      "--escrow-bytes",
      std::to_string(escrow_bytes_for(process.max_line_bytes)),
  };
  if (name.instance != kNoInstance)
    arguments.insert(arguments.end(), {"--instance", std::to_string(name.instance)});
  return arguments;
}

void exec_shim(const std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments)
    pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  execv(pointers.front(), pointers.data());
}

}  // namespace logd
