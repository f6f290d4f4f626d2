// Measures how long lines take from their write to being readable in a file.
//
// Looks at the sizes of the files of a logger (any logger) at a fixed interval, reads what is new,
// and takes the time from the stamp that paced_writer put into a line to the moment after the read:
// what is reported is late by at most one interval, never early. To keep that promise where the
// programs that write want every core, it goes before them, if it may (root). Prints one JSON
// object.
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kReadBytes = 256 << 10;
constexpr std::size_t kStampDigits = 20;

volatile std::sig_atomic_t stop_wanted = 0;

std::int64_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

// One file that grows; rotation is not followed.
class Follower {
 public:
  explicit Follower(const char* path) : fd_(open(path, O_RDONLY | O_CLOEXEC)) {}
  bool is_open() const { return fd_ >= 0; }
  void skip_to_end() { offset_ = lseek(fd_, 0, SEEK_END); }

  // Appends the delays of the lines that are new, but for those stamped before `since`.
  void take_new(std::int64_t since, std::vector<std::int64_t>& delays) {
    struct stat status {};
    if (fstat(fd_, &status) != 0 || status.st_size <= offset_) return;
    static std::vector<char> block(kReadBytes);
    const ssize_t taken = pread(fd_, block.data(), block.size(), offset_);
    const std::int64_t seen = now();
    if (taken <= 0) return;
    offset_ += taken;
    rest_.append(block.data(), static_cast<std::size_t>(taken));
    std::size_t at = 0;
    for (std::size_t end = 0; (end = rest_.find('\n', at)) != std::string::npos; at = end + 1) {
      const std::string_view line(rest_.data() + at, end - at);
      const std::size_t stamp = line.find("mono=");
      if (stamp == std::string_view::npos || line.size() < stamp + 5 + kStampDigits) continue;
      const std::int64_t written = std::strtoll(line.data() + stamp + 5, nullptr, 10);
      if (written >= since) delays.push_back(seen - written);
    }
    rest_.erase(0, at);
  }

 private:
  int fd_;
  off_t offset_ = 0;
  std::string rest_;
};

double microseconds(const std::vector<std::int64_t>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto last = static_cast<double>(sorted.size() - 1);
  return static_cast<double>(sorted[static_cast<std::size_t>(share * last)]) / 1000;
}

void print(std::vector<std::int64_t> delays) {
  std::sort(delays.begin(), delays.end());
  std::printf("{\"lines\":%zu,\"p50_us\":%.0f,\"p99_us\":%.0f,\"p999_us\":%.0f,\"max_us\":%.0f}\n",
              delays.size(), microseconds(delays, 0.5), microseconds(delays, 0.99),
              microseconds(delays, 0.999), microseconds(delays, 1));
}

}  // namespace

// latency [--interval-us N] [--seconds N] [--lines N] FILE...: ends with the first limit or TERM.
int main(int argc, char** argv) {
  const option known[] = {{"interval-us", required_argument, nullptr, 'i'},
                          {"seconds", required_argument, nullptr, 's'},
                          {"lines", required_argument, nullptr, 'n'},
                          {nullptr, 0, nullptr, 0}};
  std::int64_t interval = 50'000;
  std::int64_t seconds = 3600;
  std::size_t lines = SIZE_MAX;
  for (int found = 0; (found = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
    if (found == 'i') interval = std::strtoll(optarg, nullptr, 10) * 1000;
    if (found == 's') seconds = std::strtoll(optarg, nullptr, 10);
    if (found == 'n') lines = std::strtoull(optarg, nullptr, 10);
    if (found == '?') return 2;
  }
  std::vector<Follower> followers;
  for (int i = optind; i < argc; ++i) {
    followers.emplace_back(argv[i]);
    if (followers.back().is_open()) continue;
    std::perror(argv[i]);
    return 2;
  }
  if (followers.empty()) return 2;
  struct sigaction action {};
  action.sa_handler = [](int) { stop_wanted = 1; };
  sigaction(SIGTERM, &action, nullptr);
  prctl(PR_SET_TIMERSLACK, 1);
  const sched_param first{.sched_priority = 1};
  sched_setscheduler(0, SCHED_FIFO, &first);
  const std::int64_t start = now();
  for (Follower& follower : followers) follower.skip_to_end();
  std::vector<std::int64_t> delays;
  while (stop_wanted == 0 && delays.size() < lines && now() < start + seconds * kSecond) {
    for (Follower& follower : followers) follower.take_new(start, delays);
    const timespec pause{interval / kSecond, interval % kSecond};
    nanosleep(&pause, nullptr);
  }
  print(std::move(delays));
  return 0;
}
