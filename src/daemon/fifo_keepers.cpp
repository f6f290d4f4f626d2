// SPDX-License-Identifier: Apache-2.0
#include "daemon/fifo_keepers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>

#include "base/accounts.h"
#include "base/diagnostics.h"
#include "base/unique_fd.h"
#include "capture/shim_arguments.h"

namespace logd {
namespace {

bool has_keeper(const std::string& directory, const std::string& process) {
  const std::string lock = fmt::format("{}/.{}.keeper", directory, process);
  const UniqueFd fd(open(lock.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return fd && flock(fd.get(), LOCK_SH | LOCK_NB) != 0;  // let go when fd closes
}

// The shim makes itself a daemon: what we wait for ends at once.
void start_keeper(const Config& config, const std::string& process, const std::string& directory) {
  auto arguments = shim_arguments(config, "fifo", LogName{process, kNoInstance});
  if (!arguments) {
    log_error(fmt::format("{}: no FIFO: {}", process, arguments.error().message()));
    return;
  }
  arguments->insert(arguments->end(), {"--directory", directory});
  const std::string& group = config.of(process).group;
  if (const auto gid = group_id(group))
    arguments->insert(arguments->end(), {"--gid", std::to_string(*gid)});
  const pid_t child = fork();
  if (child == 0) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    exec_shim(*arguments);
    _exit(127);
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (child < 0 || status != 0)
    log_error(fmt::format("{}: no FIFO: its keeper could not be started", process));
}

}  // namespace

void start_fifo_keepers(const Config& config) {
  const std::string directory = std::filesystem::absolute(config.run_dir + "/fifo");
  for (const auto& [process, settings] : config.processes)
    if (settings.fifo && !has_keeper(directory, process)) start_keeper(config, process, directory);
}

}  // namespace logd
