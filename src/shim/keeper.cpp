// SPDX-License-Identifier: Apache-2.0
#include "shim/keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/unique_fd.h"
#include "shim/inheritance.h"
#include "shim/text.h"

namespace logd::shim {
namespace {

// The start of /proc/PID/<file>, as far as `buffer` goes.
std::string_view read_proc(std::string_view pid, std::string_view file, char* buffer,
                           std::size_t size) {
  Text path;
  path.add("/proc/").add(pid).add("/").add(file);
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return {};
  const ssize_t got = read(fd.get(), buffer, size);
  return {buffer, got > 0 ? static_cast<std::size_t>(got) : 0};
}

// /proc/PID itself belongs to root, since a keeper cannot be dumped: its status tells the user.
bool is_of_this_user(std::string_view pid) {
  char buffer[1024];
  const std::string_view status = read_proc(pid, "status", buffer, sizeof(buffer));
  constexpr std::string_view kKey = "\nUid:\t";
  const std::size_t at = status.find(kKey);
  if (at == std::string_view::npos) return false;
  const std::string_view uids = status.substr(at + kKey.size());
  return parse_number(uids.substr(0, uids.find('\t')), UINT32_MAX) == getuid();
}

bool is_keeper(std::string_view pid, std::string_view title) {
  char buffer[128];
  const std::string_view arguments = read_proc(pid, "cmdline", buffer, sizeof(buffer));
  return arguments.size() > title.size() && arguments.starts_with(title) &&
         arguments[title.size()] == '\0' && is_of_this_user(pid);
}

// Reaps the process between us and the keeper; then waits until the keeper closes its end.
bool await_keeper(pid_t between, int ready) {
  int status = 0;
  while (waitpid(between, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return false;
  char byte = 0;
  while (read(ready, &byte, 1) < 0 && errno == EINTR) {
  }
  return true;
}

}  // namespace

Title::Title(int argc, char** argv) : first_(argv[0]) {
  const char* last = argv[argc - 1];
  bytes_ = static_cast<std::size_t>(last + strlen(last) - first_);
}

void Title::set(std::string_view title) {
  memset(first_, 0, bytes_);
  memcpy(first_, title.data(), std::min(title.size(), bytes_));
}

int count_keepers(std::string_view name) {
  Text title;
  title.add("logd-keeper ").add(name);
  const UniqueFd proc(open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  int count = 0;
  alignas(dirent64) char buffer[4096];
  while (proc) {
    const ssize_t got = getdents64(proc.get(), buffer, sizeof(buffer));
    if (got <= 0) break;
    for (ssize_t at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer + at);
      at += entry->d_reclen;
      const std::string_view pid = entry->d_name;
      if (parse_number(pid, INT32_MAX) && is_keeper(pid, title.view())) ++count;
    }
  }
  return count;
}

Forked fork_keeper(Title& title, const char* kind, std::string_view name) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Forked::failed;
  UniqueFd ready(ends[0]);
  UniqueFd not_ready(ends[1]);
  const pid_t between = fork();
  if (between < 0) return Forked::failed;
  if (between > 0) {
    not_ready.reset();
    return await_keeper(between, ready.get()) ? Forked::parent : Forked::failed;
  }
  setsid();
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) signal(number, SIG_IGN);
  const pid_t keeper = fork();
  if (keeper != 0) _exit(keeper < 0 ? 1 : 0);
  prctl(PR_SET_NAME, kind);
  Text text;
  title.set(text.add(kind).add(" ").add(name).view());
  leave_surroundings();
  return Forked::keeper;
}

}  // namespace logd::shim
