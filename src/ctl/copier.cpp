// SPDX-License-Identifier: Apache-2.0
#include "ctl/copier.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <limits>
#include <utility>

#include "base/file_io.h"
#include "base/posix_file_system.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/run_copy.h"

namespace logd {
namespace {

constexpr int kFirstOwn = 3;

int complain_of(const char* what, int sys_errno) {
  return complain(system_error(sys_errno, std::string("run: --copy-out: ") + what));
}

// Standard streams may be closed: a descriptor of ours must not take their place.
UniqueFd above_standard_streams(UniqueFd fd) {
  return fd.get() >= kFirstOwn ? std::move(fd)
                               : UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, kFirstOwn));
}

// Nobody reads what is written to a stream that was closed.
void fill_standard_streams() {
  int opened = 0;
  while (opened >= 0 && opened < kFirstOwn) opened = ::open("/dev/null", O_RDWR);
  if (opened >= kFirstOwn) UniqueFd surplus(opened);
}

// What CMD inherits must not be held open by us, and its standard input is not ours to read.
void release_inherited(int link) {
  ::close_range(kFirstOwn, static_cast<unsigned>(link) - 1, 0);
  ::close_range(static_cast<unsigned>(link) + 1, std::numeric_limits<unsigned>::max(), 0);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing < 0) return;
  ::dup2(nothing, STDIN_FILENO);
  const UniqueFd surplus(nothing);
}

// The signals are for CMD, whose last lines are still to be printed when it has obeyed them.
void ignore_signals() {
  for (const int number :
       {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE, SIGXFSZ}) {
    std::signal(number, SIG_IGN);
  }
}

[[noreturn]] void be_copier(const Config& config, const LogName& log, const UniqueFd& link,
                            pid_t shim) {
  ignore_signals();
  // One that is blocked by a reader must not outlive the run. A shim that died before this line
  // sends no signal any more.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != shim) ::_exit(kExitFailed);
  ::prctl(PR_SET_NAME, "logctl-copy");
  fill_standard_streams();
  release_inherited(link.get());
  PosixFileSystem fs;
  RunCopy copy(fs, config.log_dir, log, link.get());
  if (const auto opened = copy.open(); !opened) {
    complain("run: --copy-out: " + opened.error().message());
    ::_exit(exit_status_of(opened.error().code));
  }
  copy.run();
  ::_exit(kExitDone);
}

// Waits for its first byte; if it ends instead, the exit status of ours.
int await_ready(pid_t copier, int link) {
  char ready = 0;
  if (retry_interrupted([&] { return ::read(link, &ready, 1); }) == 1) return 0;
  int status = 0;
  retry_interrupted([&] { return ::waitpid(copier, &status, 0); });
  return WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : kExitFailed;
}

}  // namespace

StartedCopier start_copier(const Config& config, const LogName& log) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return {UniqueFd(), 0, complain_of("socketpair", errno)};
  }
  UniqueFd ours = above_standard_streams(UniqueFd(ends[0]));
  UniqueFd theirs = above_standard_streams(UniqueFd(ends[1]));
  if (!ours || !theirs) return {UniqueFd(), 0, complain_of("socketpair", EMFILE)};
  const pid_t self = ::getpid();
  const pid_t copier = ::fork();
  if (copier < 0) return {UniqueFd(), 0, complain_of("fork", errno)};
  if (copier == 0) {
    ours.reset();
    be_copier(config, log, theirs, self);
  }
  theirs.reset();
  if (const int status = await_ready(copier, ours.get()); status != 0)
    return {UniqueFd(), 0, status};
  ::fcntl(ours.get(), F_SETFD, 0);
  return {std::move(ours), copier, 0};
}

}  // namespace logd
