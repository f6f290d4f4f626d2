// Writes lines at a steady rate, one write each, every line with the moment it was written.
//
// Line: `mono=<20 digits of ns> n=<10 digits> filler`, 150 bytes; latency.cpp reads the stamp. A
// thousand of these run beside what is measured, so a line costs one sleep, one clock reading and
// one write. Their starts are spread over the first period, as those of real programs are. With
// --wait the first line is written at once and the others when standard input ends, which starts a
// thousand of them at one moment.
// SPDX-License-Identifier: Apache-2.0
#include <getopt.h>
#include <unistd.h>

#include <cerrno>
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

void wait_for_end_of_input() {
  for (;;) {
    char byte = 0;
    const ssize_t taken = read(STDIN_FILENO, &byte, 1);
    if (taken == 0 || (taken < 0 && errno != EINTR)) return;
  }
}

}  // namespace

// paced_writer [--rate LINES_PER_SECOND] [--lines N] [--wait]
int main(int argc, char** argv) {
  const option known[] = {{"rate", required_argument, nullptr, 'r'},
                          {"lines", required_argument, nullptr, 'n'},
                          {"wait", no_argument, nullptr, 'w'},
                          {nullptr, 0, nullptr, 0}};
  double rate = 1;
  std::int64_t lines = 1;
  bool is_waiting = false;
  for (int found = 0; (found = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
    if (found == 'r') rate = std::strtod(optarg, nullptr);
    if (found == 'n') lines = std::strtoll(optarg, nullptr, 10);
    if (found == 'w') is_waiting = true;
    if (found == '?' || rate <= 0) return 2;
  }
  char line[kLineBytes];
  std::memset(line, '.', sizeof line);
  std::memcpy(line, "mono=", 5);
  std::memcpy(line + 25, " n=", 3);
  line[38] = ' ';
  line[kLineBytes - 1] = '\n';
  std::int64_t number = 0;
  if (is_waiting) {
    write_line(line, number++);
    wait_for_end_of_input();
  }
  const auto period = static_cast<std::int64_t>(kSecond / rate);
  std::int64_t due = now() + getpid() * 7919L * 1000 % period;
  for (; number < lines; ++number, due += period) {
    sleep_until(due);
    write_line(line, number);
  }
  return 0;
}
