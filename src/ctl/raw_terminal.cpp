// SPDX-License-Identifier: Apache-2.0
#include "ctl/raw_terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <tuple>

namespace logd {
namespace {

// The alternate screen without a cursor, and back: xterm's control sequences.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view kLeave = "\x1b[0m\x1b[?25h\x1b[?1049l";
constexpr int kEnding[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
constexpr int kFaults[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};

// What signal handlers touch.
termios settings_before;
sigset_t mask_before;
volatile std::sig_atomic_t ending_signal = 0;
volatile std::sig_atomic_t has_lost_picture = 0;

// False, with errno, if it cannot be written.
bool write_all(std::string_view output) {
  while (!output.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, output.data(), output.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    output.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void enter() {
  termios raw = settings_before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);  // ISIG stays: Ctrl-C, Ctrl-Z
  raw.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL);
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  std::ignore = write_all(kEnter);
  has_lost_picture = 1;
}

void leave() {
  std::ignore = write_all(kLeave);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &settings_before);
}

void handle(int number, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigfillset(&action.sa_mask);
  ::sigaction(number, &action, nullptr);
}

void on_end(int number) { ending_signal = number; }

void on_fault(int number) {
  leave();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

// Gives the terminal back while we are stopped.
void on_stop(int) {
  const int errno_before = errno;
  leave();
  std::raise(SIGSTOP);
  enter();
  errno = errno_before;
}

void on_change(int) { has_lost_picture = 1; }

}  // namespace

Result<std::unique_ptr<RawTerminal>> RawTerminal::take() {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0)
    return fail(ErrorCode::invalid, "standard input and output are no terminal");
  if (::tcgetattr(STDIN_FILENO, &settings_before) != 0)
    return fail(system_error(errno, "terminal"));
  ending_signal = 0;
  // They come while we wait and at no other time: none is missed, and no picture is torn.
  sigset_t waited;
  sigemptyset(&waited);
  for (const int number : kEnding) sigaddset(&waited, number);
  for (const int number : {SIGTSTP, SIGWINCH}) sigaddset(&waited, number);
  sigprocmask(SIG_BLOCK, &waited, &mask_before);
  for (const int number : kEnding) handle(number, on_end, 0);
  for (const int number : kFaults) handle(number, on_fault, static_cast<int>(SA_RESETHAND));
  handle(SIGTSTP, on_stop, 0);
  handle(SIGWINCH, on_change, 0);
  enter();
  return std::unique_ptr<RawTerminal>(new RawTerminal());
}

RawTerminal::~RawTerminal() {
  leave();
  for (const int number : kEnding) std::signal(number, SIG_DFL);
  for (const int number : kFaults) std::signal(number, SIG_DFL);
  std::signal(SIGTSTP, SIG_DFL);
  std::signal(SIGWINCH, SIG_DFL);
  sigprocmask(SIG_SETMASK, &mask_before, nullptr);
}

RawTerminal::Size RawTerminal::size() const {
  winsize found{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &found) != 0 || found.ws_row == 0 || found.ws_col == 0)
    return {};
  return {found.ws_row, found.ws_col};
}

std::string RawTerminal::read(std::chrono::milliseconds most) {
  pollfd waited{STDIN_FILENO, POLLIN, 0};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(most);
  const timespec length{seconds.count(), std::chrono::nanoseconds(most - seconds).count()};
  if (::ppoll(&waited, 1, &length, &mask_before) <= 0) return {};
  char bytes[256];
  const ssize_t count = ::read(STDIN_FILENO, bytes, sizeof bytes);
  if (count > 0) return {bytes, static_cast<std::size_t>(count)};
  // Readable without a byte, and no signal came between: the terminal is gone.
  has_hung_up_ = count == 0 || errno == EIO;
  return {};
}

Result<void> RawTerminal::write(std::string_view output) {
  if (!write_all(output)) return fail(system_error(errno, "write to the terminal"));
  return {};
}

int RawTerminal::ended_by() const { return has_hung_up_ ? SIGHUP : ending_signal; }

bool RawTerminal::take_lost_picture() {
  const bool was_lost = has_lost_picture != 0;
  has_lost_picture = 0;
  return was_lost;
}

}  // namespace logd
