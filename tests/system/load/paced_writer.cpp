// Writes lines at a steady rate, one write each, every line with the moment it was written.
//
// Line: `mono=<20 digits of ns> n=<10 digits> filler`, 150 bytes; latency.cpp reads the stamp. A
// thousand of these run beside what is measured, so a line costs one sleep, one clock reading and
// one write. Their starts are spread over the first period, as those of real programs are.
// SPDX-License-Identifier: Apache-2.0
#include <getopt.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kLineBytes = 150;

std::int64_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

void sleep_until(std::int64_t moment) {
  const timespec time{moment / kSecond, moment % kSecond};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) == EINTR) {
  }
}

void put_number(char* to, int digits, std::int64_t number) {
  for (int i = digits; i > 0; --i, number /= 10) to[i - 1] = static_cast<char>('0' + number % 10);
}

void write_line(char* line, std::int64_t number) {
  put_number(line + 5, 20, now());
  put_number(line + 28, 10, number);
  for (std::size_t at = 0; at < kLineBytes;) {
    const ssize_t taken = write(STDOUT_FILENO, line + at, kLineBytes - at);
    if (taken < 0 && errno != EINTR) _exit(3);
    if (taken > 0) at += static_cast<std::size_t>(taken);
  }
}

}  // namespace

// paced_writer [--rate LINES_PER_SECOND] [--lines N]: with a rate of 0 it writes its lines at once
// and waits for TERM.
int main(int argc, char** argv) {
  const option known[] = {{"rate", required_argument, nullptr, 'r'},
                          {"lines", required_argument, nullptr, 'n'},
                          {nullptr, 0, nullptr, 0}};
  double rate = 0;
  std::int64_t lines = 1;
  for (int found = 0; (found = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
    if (found == 'r') rate = std::strtod(optarg, nullptr);
    if (found == 'n') lines = std::strtoll(optarg, nullptr, 10);
    if (found == '?') return 2;
  }
  std::signal(SIGTERM, [](int) { _exit(0); });
  char line[kLineBytes];
  std::memset(line, '.', sizeof line);
  std::memcpy(line, "mono=", 5);
  std::memcpy(line + 25, " n=", 3);
  line[38] = ' ';
  line[kLineBytes - 1] = '\n';
  const std::int64_t period = rate > 0 ? static_cast<std::int64_t>(kSecond / rate) : 0;
  std::int64_t due = now() + (period > 0 ? getpid() * 7919L * 1000 % period : 0);
  for (std::int64_t number = 0; number < lines; ++number, due += period) {
    if (period > 0) sleep_until(due);
    write_line(line, number);
  }
  if (rate <= 0)
    for (;;) pause();
  return 0;
}
