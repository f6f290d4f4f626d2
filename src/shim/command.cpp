// SPDX-License-Identifier: Apache-2.0
#include "shim/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string_view>

#include "base/unique_fd.h"
#include "shim/options.h"
#include "shim/text.h"

namespace logd::shim {
namespace {

// If `variable` ("LISTEN_PID=") holds the pid of the shim, makes it hold ours, in `text`.
void rename_pid(std::string_view variable, pid_t shim, Text& text) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view setting = *entry;
    if (!setting.starts_with(variable)) continue;
    if (parse_number(setting.substr(variable.size()), INT32_MAX) != shim) continue;
    text.add(variable).add_number(getpid());
    *entry = const_cast<char*>(text.c_str());
    return;
  }
}

// Puts `from` where `to` is; a write end never has the number of a standard descriptor.
bool put(int from, int to) { return dup2(from, to) == to; }

// In the new process: becomes CMD, or tells `status` the errno.
[[noreturn]] void become_command(char** command, int out, int err, pid_t shim, int status,
                                 const Inheritance& inheritance) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // A shim that died before this line sends no signal any more.
  if (getppid() != shim) _exit(kNotExecutable);
  Text listen_pid;
  Text watchdog_pid;
  rename_pid("LISTEN_PID=", shim, listen_pid);
  rename_pid("WATCHDOG_PID=", shim, watchdog_pid);
  inheritance.restore();
  if (put(out, STDOUT_FILENO) && put(err, STDERR_FILENO)) execvp(command[0], command);
  const int error = errno;
  [[maybe_unused]] const ssize_t told = write(status, &error, sizeof(error));
  _exit(kNotFound);
}

// The errno that the new process tells, or 0 once exec has closed the other end.
int read_status(int status) {
  int error = 0;
  ssize_t got = -1;
  do {
    got = read(status, &error, sizeof(error));
  } while (got < 0 && errno == EINTR);
  return got == static_cast<ssize_t>(sizeof(error)) ? error : 0;
}

}  // namespace

StartedCommand start_command(char** command, int out, int err, const Inheritance& inheritance) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {0, errno};
  UniqueFd status(ends[0]);
  UniqueFd status_of_child(ends[1]);
  const pid_t shim = getpid();
  const pid_t pid = fork();
  if (pid < 0) return {0, errno};
  if (pid == 0) become_command(command, out, err, shim, status_of_child.get(), inheritance);
  status_of_child.reset();
  const int error = read_status(status.get());
  if (error != 0) {
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  return {pid, error};
}

}  // namespace logd::shim
