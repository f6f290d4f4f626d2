// Writes a segment, for the benchmark of queries:
// `log_records LINES BYTES FIRST_SECOND NANOSECONDS ERR_EVERY > SEGMENT`.
//
// The lines of the file LINES come over and over, until the segment has BYTES or a little more;
// the first one's time is FIRST_SECOND since 1970, each other one's NANOSECONDS later. One line in
// ERR_EVERY is of stderr, none if that is 0. The time behind the last record, in nanoseconds since
// 1970, goes to standard error, for the segment that comes next.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "logd/record.h"
#include "logd/units.h"

using namespace logd;

namespace {

constexpr std::size_t kFlushBytes = 1 << 20;

void flush(std::string& buffer) {
  if (std::fwrite(buffer.data(), 1, buffer.size(), stdout) != buffer.size()) {
    std::perror("log_records: write");
    std::exit(1);
  }
  buffer.clear();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fputs("log_records LINES BYTES FIRST_SECOND NANOSECONDS ERR_EVERY\n", stderr);
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  const std::string lines(std::istreambuf_iterator<char>(file), {});
  if (lines.empty() || lines.back() != '\n') {
    std::fputs("log_records: the file holds no lines\n", stderr);
    return 2;
  }
  const std::uint64_t bytes = std::strtoull(argv[2], nullptr, 10);
  std::uint64_t time = std::strtoull(argv[3], nullptr, 10) * 1'000'000'000;
  const std::uint64_t step = std::strtoull(argv[4], nullptr, 10);
  const std::uint64_t err_every = std::strtoull(argv[5], nullptr, 10);

  std::string buffer;
  std::string_view rest;
  std::uint64_t written = 0;
  for (std::uint64_t number = 1; written < bytes; ++number) {
    if (rest.empty()) rest = lines;
    const std::size_t end = rest.find('\n') + 1;
    char stamp[kTimeDigits];
    write_time(stamp, WallTime(std::chrono::nanoseconds(time)));
    buffer.append(stamp, kTimeDigits);
    const bool is_err = err_every != 0 && number % err_every == 0;
    buffer += is_err ? "Z stderr F " : "Z stdout F ";
    buffer += rest.substr(0, end);
    written += kRecordHeaderBytes + end;
    rest.remove_prefix(end);
    time += step;
    if (buffer.size() >= kFlushBytes) flush(buffer);
  }
  flush(buffer);
  fmt::print(stderr, "{}\n", time);
  return 0;
}
