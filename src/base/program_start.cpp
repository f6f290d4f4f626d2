// SPDX-License-Identifier: Apache-2.0
#include "base/program_start.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <string_view>

namespace logd {
namespace {

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// How a supervisor talks with its service: systemd.exec(5), sd_notify(3).
bool is_for_us_alone(std::string_view variable) {
  return variable.starts_with("NOTIFY_SOCKET=") || variable.starts_with("WATCHDOG_USEC=") ||
         variable.starts_with("WATCHDOG_PID=");
}

}  // namespace

ProgramStart::ProgramStart() : flags_(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) {
  posix_spawn_file_actions_init(&actions_);
  posix_spawnattr_init(&attributes_);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes_, &none);
  posix_spawnattr_setsigdefault(&attributes_, &all);
}

ProgramStart::~ProgramStart() {
  posix_spawnattr_destroy(&attributes_);
  posix_spawn_file_actions_destroy(&actions_);
}

void ProgramStart::lead_session() { flags_ = static_cast<short>(flags_ | POSIX_SPAWN_SETSID); }

void ProgramStart::give(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }

void ProgramStart::discard(int descriptor) {
  posix_spawn_file_actions_addopen(&actions_, descriptor, "/dev/null", O_WRONLY, 0);
}

Result<pid_t> ProgramStart::start(const std::string& path, std::vector<std::string> arguments,
                                  std::vector<std::string> variables) {
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (!is_for_us_alone(*variable)) variables.emplace_back(*variable);
  posix_spawnattr_setflags(&attributes_, flags_);
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, path.c_str(), &actions_, &attributes_,
                                 pointers_to(arguments).data(), pointers_to(variables).data());
  if (failed != 0) return fail(system_error(failed, "start " + path));
  return pid;
}

}  // namespace logd
