// SPDX-License-Identifier: Apache-2.0
#include "ctl/stop_signals.h"

#include <sys/time.h>
#include <unistd.h>

#include <csignal>

namespace logd {
namespace {

// The timer goes on ringing: once is not enough where it rings right before a call that blocks.
constexpr suseconds_t kRingAgainMicroseconds = 50'000;

volatile std::sig_atomic_t first_caught = 0;

// An interrupt too is told again and again: it may come right before a call that blocks.
void take_note(int number) {
  if (first_caught == 0) first_caught = number;
  if (first_caught != SIGALRM) ::alarm(1);
}

void catch_signal(int number, int flags) {
  struct sigaction action {};
  if (::sigaction(number, nullptr, &action) != 0) return;
  if (number != SIGALRM && action.sa_handler == SIG_IGN) return;
  action = {};
  action.sa_handler = take_note;
  action.sa_flags = flags;
  ::sigaction(number, &action, nullptr);
}

void catch_alarm() {
  catch_signal(SIGALRM, 0);
  // Whoever started us may have it blocked.
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  ::sigprocmask(SIG_UNBLOCK, &alarm, nullptr);
}

}  // namespace

void StopSignals::ring_after(std::chrono::milliseconds time) {
  catch_alarm();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(time - seconds);
  const itimerval timer{{0, kRingAgainMicroseconds}, {seconds.count(), rest.count()}};
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

void StopSignals::catch_interrupts() {
  catch_alarm();
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    catch_signal(number, static_cast<int>(SA_RESETHAND));
  }
}

int StopSignals::caught() { return first_caught; }

}  // namespace logd
