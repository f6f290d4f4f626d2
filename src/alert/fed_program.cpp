// SPDX-License-Identifier: Apache-2.0
#include "alert/fed_program.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/file_io.h"
#include "base/program_start.h"

namespace logd {
namespace {

constexpr std::size_t kMaxErrorBytes = 4096;
constexpr std::size_t kMaxReadBytes = 65536;  // at a look
// So long a program that was killed may take to go: it may wait for a disk, or not be ours to kill.
constexpr auto kLongestDeath = std::chrono::seconds(1);
constexpr int kLooksAtTheEnd = 10;
constexpr useconds_t kBetweenLooksUs = 5000;

// In memory, so that a program that does not read it holds up nobody.
Result<UniqueFd> input_of(const std::string& text) {
  UniqueFd file(memfd_create("logd-alert", MFD_CLOEXEC));
  if (!file) return fail(system_error(errno, "memfd_create"));
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = retry_interrupted(
        [&] { return write(file.get(), text.data() + done, text.size() - done); });
    if (written < 0) return fail(system_error(errno, "write to a memfd"));
    done += static_cast<std::size_t>(written);
  }
  if (lseek(file.get(), 0, SEEK_SET) != 0) return fail(system_error(errno, "lseek"));
  return file;
}

}  // namespace

FedProgram::FedProgram(pid_t pid, UniqueFd pidfd, UniqueFd errors, MonoTime deadline)
    : pid_(pid), pidfd_(std::move(pidfd)), errors_(std::move(errors)), deadline_(deadline) {}

FedProgram::~FedProgram() {
  if (pid_.value < 0) return;
  kill();
  for (int i = 0; i < kLooksAtTheEnd; ++i) {
    if (waitpid(pid_.value, nullptr, WNOHANG) != 0) return;
    usleep(kBetweenLooksUs);
  }
}

Result<FedProgram> FedProgram::start(const Start& start) {
  LOGD_TRY_ASSIGN(const UniqueFd input, input_of(start.input));
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return fail(system_error(errno, "pipe"));
  UniqueFd errors(ends[0]);
  const UniqueFd other(ends[1]);
  fcntl(other.get(), F_SETFL, 0);  // only our end never waits

  ProgramStart program;
  program.lead_session();
  program.give(input.get(), STDIN_FILENO);
  program.discard(STDOUT_FILENO);
  program.give(other.get(), STDERR_FILENO);
  LOGD_TRY_ASSIGN(const pid_t pid,
                  program.start(start.arguments.front(), start.arguments, start.variables));
  UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  const int failed = pidfd ? 0 : errno;
  FedProgram made(pid, std::move(pidfd), std::move(errors), start.deadline);
  if (failed != 0) return fail(system_error(failed, "pidfd_open"));
  return made;
}

// It leads a session of its own: what it started goes too.
void FedProgram::kill() { ::kill(-pid_.value, SIGKILL); }

MonoTime FedProgram::deadline() const {
  return killed_at_ ? *killed_at_ + kLongestDeath : deadline_;
}

void FedProgram::read_errors() {
  std::array<char, 4096> bytes{};
  for (std::size_t done = 0; errors_ && done < kMaxReadBytes;) {
    const ssize_t got =
        retry_interrupted([&] { return read(errors_.get(), bytes.data(), bytes.size()); });
    if (got < 0) return;
    if (got == 0) return errors_.reset();
    done += static_cast<std::size_t>(got);
    const std::size_t room = kMaxErrorBytes - error_text_.size();
    error_text_.append(bytes.data(), std::min(room, static_cast<std::size_t>(got)));
  }
}

std::optional<FedProgram::End> FedProgram::look(MonoTime now) {
  read_errors();
  if (now >= deadline_ && !killed_at_) {
    killed_at_ = now;
    kill();
  }
  int status = 0;
  End end;
  if (waitpid(pid_.value, &status, WNOHANG) == 0) {
    if (!killed_at_ || now < deadline()) return std::nullopt;
    end.left = pid_.value;
  } else {
    read_errors();
    end.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }
  pid_.value = -1;
  end.was_late = killed_at_.has_value();
  end.first_error = error_text_.substr(0, error_text_.find_first_of("\r\n"));
  return end;
}

}  // namespace logd
