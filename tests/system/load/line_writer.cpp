// Writes numbered lines to stdout, stderr or both, as fast as they are taken or at a rate.
//
// SIGPIPE is ignored and EPIPE reported (status 3, and in the counters), so that a test can tell
// that no writer ever saw its reader go. Both streams have a thread each: one that is blocked does
// not hold up the other.
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <getopt.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "counters.h"
#include "numbered_line.h"

namespace {

using load::Counters;

constexpr int kUsageStatus = 2;
constexpr int kBrokenPipeStatus = 3;
constexpr int kWriteErrorStatus = 4;
constexpr std::size_t kBigChunkBytes = 64 << 10;
constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

enum class Chunk { line, random, big };

struct Options {
  std::string label = "0";
  std::uint64_t lines = kNoLimit;  // per stream
  std::uint64_t bytes = kNoLimit;  // per stream: ends with the line that reaches it
  double lines_per_second = 0;     // 0: as fast as they are taken
  bool out = true;
  bool err = false;
  Chunk chunk = Chunk::line;
  std::uint64_t seed = 1;
  std::string count_file;
};

// One stream: builds lines into a buffer and writes it in pieces.
class StreamWriter {
 public:
  StreamWriter(const Options& options, Counters& counters, int stream)
      : options_(options), counters_(counters), stream_(stream), random_(options.seed) {}

  // Writes until a limit, a stop or an error; returns 0 or the errno.
  int run() {
    const auto start = std::chrono::steady_clock::now();
    while (!is_done()) {
      if (options_.lines_per_second > 0) {
        const std::chrono::duration<double> due(static_cast<double>(next_line_) /
                                                options_.lines_per_second);
        std::this_thread::sleep_until(
            start + std::chrono::duration_cast<std::chrono::steady_clock::duration>(due));
      }
      fill();
      if (const int error = write_buffer(); error != 0) return error;
    }
    return 0;
  }

 private:
  bool is_done() const {
    return next_line_ >= options_.lines || built_bytes_ >= options_.bytes ||
           counters_.stop.load(std::memory_order_relaxed) != 0;
  }

  void fill() {
    const std::size_t wanted = options_.chunk == Chunk::line ? 1 : kBigChunkBytes;
    buffered_ = 0;
    do {
      const std::size_t bytes = load::build_line(
          buffer_.data() + buffered_, stream_ == 0 ? 'o' : 'e', options_.label, next_line_);
      buffered_ += bytes;
      built_bytes_ += bytes;
      ++next_line_;
    } while (buffered_ < wanted && !is_done());
  }

  // How much the next write takes: random pieces cut lines anywhere and are mostly small.
  std::size_t piece_bytes(std::size_t left) {
    if (options_.chunk != Chunk::random) return left;
    constexpr std::array<std::size_t, 4> kLongest{16, 300, 300, 8192};
    const std::uint64_t random = load::mix(random_++);
    return std::min(left, 1 + (random >> 2) % kLongest[random & 3]);
  }

  int write_buffer() {
    for (std::size_t at = 0; at < buffered_;) {
      const char* from = buffer_.data() + at;
      const ssize_t taken = write(stream_ + 1, from, piece_bytes(buffered_ - at));
      if (taken < 0 && errno == EINTR) continue;
      if (taken < 0) {
        counters_.error[stream_] = static_cast<std::uint64_t>(errno);
        return errno;
      }
      at += static_cast<std::size_t>(taken);
      counters_.bytes[stream_] += static_cast<std::uint64_t>(taken);
      counters_.lines[stream_] += static_cast<std::uint64_t>(std::count(from, from + taken, '\n'));
    }
    return 0;
  }

  const Options& options_;
  Counters& counters_;
  int stream_;
  std::uint64_t random_;
  std::uint64_t next_line_ = 0;
  std::uint64_t built_bytes_ = 0;
  std::size_t buffered_ = 0;
  std::array<char, kBigChunkBytes + load::kMaxLineBytes> buffer_;
};

// The file is created if need be; counters of an earlier writer in it are overwritten.
Counters* map_counters(const std::string& path) {
  static Counters unshared{};
  if (path.empty()) return &unshared;
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0 || ftruncate(fd, sizeof(Counters)) != 0) return nullptr;
  void* mapped = mmap(nullptr, sizeof(Counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return mapped == MAP_FAILED ? nullptr : new (mapped) Counters{};
}

int usage() {
  std::fputs(
      "usage: line_writer [--label L] [--lines N] [--bytes N] [--rate LINES_PER_SECOND]\n"
      "                   [--err | --both] [--chunk line|random|64k] [--seed N]\n"
      "                   [--count-file FILE]\n",
      stderr);
  return kUsageStatus;
}

bool take_chunk(const std::string& name, Chunk& chunk) {
  if (name == "line") chunk = Chunk::line;
  if (name == "random") chunk = Chunk::random;
  if (name == "64k") chunk = Chunk::big;
  return name == "line" || name == "random" || name == "64k";
}

bool take_options(int argc, char** argv, Options& options) {
  const option known[] = {{"label", required_argument, nullptr, 'l'},
                          {"lines", required_argument, nullptr, 'n'},
                          {"bytes", required_argument, nullptr, 'b'},
                          {"rate", required_argument, nullptr, 'r'},
                          {"err", no_argument, nullptr, 'e'},
                          {"both", no_argument, nullptr, '2'},
                          {"chunk", required_argument, nullptr, 'c'},
                          {"seed", required_argument, nullptr, 's'},
                          {"count-file", required_argument, nullptr, 'f'},
                          {nullptr, 0, nullptr, 0}};
  for (int found = 0; (found = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
    if (found == 'l') options.label = optarg;
    if (found == 'n') options.lines = std::strtoull(optarg, nullptr, 10);
    if (found == 'b') options.bytes = std::strtoull(optarg, nullptr, 10);
    if (found == 'r') options.lines_per_second = std::strtod(optarg, nullptr);
    if (found == 'e') options.out = false;
    if (found == 'e' || found == '2') options.err = true;
    if (found == 's') options.seed = std::strtoull(optarg, nullptr, 10);
    if (found == 'f') options.count_file = optarg;
    if (found == 'c' && !take_chunk(optarg, options.chunk)) return false;
    if (found == '?') return false;
  }
  if (options.lines_per_second > 0) options.chunk = Chunk::line;
  return optind == argc && !options.label.empty() && options.label.size() <= load::kMaxLabelBytes;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!take_options(argc, argv, options)) return usage();
  std::signal(SIGPIPE, SIG_IGN);
  Counters* counters = map_counters(options.count_file);
  if (counters == nullptr) {
    std::perror(options.count_file.c_str());
    return kUsageStatus;
  }
  std::array<int, 2> errors{};
  std::vector<std::thread> threads;
  for (const int stream : {0, 1}) {
    if (stream == 0 ? !options.out : !options.err) continue;
    threads.emplace_back([&options, &errors, counters, stream] {
      const auto writer = std::make_unique<StreamWriter>(options, *counters, stream);
      errors[static_cast<std::size_t>(stream)] = writer->run();
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (errors[0] == EPIPE || errors[1] == EPIPE) return kBrokenPipeStatus;
  if (errors[0] != 0 || errors[1] != 0) return kWriteErrorStatus;
  counters->finished = 1;
  return 0;
}
