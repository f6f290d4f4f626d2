// Measures what forwarding costs the processor: encoding records into bodies of 1 MiB, and
// compressing these.
//
//   sink_speed FILE     lines, which are repeated if they are few
//
// Prints one JSON object a line: {"what": ..., "value": ...}. Speeds are in MB/s of the lines
// themselves by processor time, best of five; ratios are bytes of lines by bytes sent.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "sinks/body_encoder.h"

namespace {

using namespace logd;

constexpr std::size_t kTextBytes = 16 << 20;
constexpr std::size_t kBodyBytes = 1 << 20;
constexpr int kRounds = 5;

void print(const std::string& what, double value) {
  std::puts(fmt::format("{{\"what\": \"{}\", \"value\": {:.4g}}}", what, value).c_str());
}

double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Of the processor, so that what else runs counts little.
double seconds_of(const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i < kRounds; ++i) {
    const double start = processor_seconds();
    work();
    best = std::min(best, processor_seconds() - start);
  }
  return best;
}

std::vector<std::string> lines_of(const char* path) {
  std::ifstream file(path);
  std::vector<std::string> read;
  for (std::string line; std::getline(file, line);) read.push_back(line);
  std::vector<std::string> lines;
  for (std::size_t bytes = 0, i = 0; bytes < kTextBytes && !read.empty(); ++i) {
    lines.push_back(read[i % read.size()]);
    bytes += lines.back().size() + 1;
  }
  return lines;
}

struct Input {
  std::vector<std::string> lines;
  std::vector<std::string> times;
  std::size_t bytes = 0;
};

// Encodes all of it, in bodies of at most kBodyBytes of text, which `use` gets.
void encode(BodyEncoder& encoder, const Input& input,
            const std::function<void(std::string_view)>& use) {
  const LogName log{"backend", 2};
  OutgoingRecord record;
  record.level = Level::info;
  std::size_t taken = 0;
  encoder.begin_log(log);
  for (std::size_t i = 0; i < input.lines.size(); ++i) {
    record.content = input.lines[i];
    record.time = input.times[i];
    encoder.add(record);
    taken += record.content.size() + 1;
    if (taken < kBodyBytes) continue;
    use(encoder.finish());
    encoder.begin_log(log);
    taken = 0;
  }
  use(encoder.finish());
}

void measure(const std::string& type, const Input& input) {
  ShipConfig config;
  config.type = type;
  config.index = "logs-app-default";
  const HostIdentity host{"0123456789abcdef", "web-17.example.net"};
  const auto encoder = make_body_encoder(config, host);
  const double megabytes = static_cast<double>(input.bytes) / 1e6;
  std::size_t encoded = 0;
  print(type, megabytes / seconds_of([&] {
                encoded = 0;
                encode(*encoder, input, [&](std::string_view body) { encoded += body.size(); });
              }));
  print(type + " ratio", static_cast<double>(input.bytes) / static_cast<double>(encoded));
  for (const char* compression : {"gzip", "zstd"}) {
    BodyCompressor compressor(compression);
    std::size_t sent = 0;
    print(type + "+" + compression, megabytes / seconds_of([&] {
                                      sent = 0;
                                      encode(*encoder, input, [&](std::string_view body) {
                                        sent += compressor.compress(body).value().size();
                                      });
                                    }));
    print(type + "+" + compression + " ratio",
          static_cast<double>(input.bytes) / static_cast<double>(sent));
  }
}

}  // namespace

int main(int argc, char** argv) {
  Input input;
  if (argc == 2) input.lines = lines_of(argv[1]);
  if (input.lines.empty()) {
    std::fputs("usage: sink_speed FILE\n", stderr);
    return 2;
  }
  WallTime time{std::chrono::seconds(1'795'300'000)};
  for (const std::string& line : input.lines) {
    input.bytes += line.size() + 1;
    input.times.push_back(time_text(time));
    time += std::chrono::microseconds(100);
  }
  print("bytes a line", static_cast<double>(input.bytes) / static_cast<double>(input.lines.size()));
  for (const char* type : {"otlp", "clickhouse", "elasticsearch"}) measure(type, input);
  return 0;
}
