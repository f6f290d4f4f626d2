// Makes segments and their archives in memory, for the tests of archives.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <random>
#include <string>

#include "fakes/fake_file_system.h"
#include "logd/record.h"
#include "store/archive_reader.h"
#include "store/archive_verify.h"
#include "store/archive_writer.h"

namespace logd {

// 2026-11-21T22:17:00Z.
inline constexpr WallTime kFirstTime{Nanoseconds(1795299420'000000000)};

// A record of `bytes` with its newline, which is at least its header and that.
inline std::string record_of(std::size_t bytes, std::uint64_t number, char stream = 'o') {
  std::string record(kRecordHeaderBytes, ' ');
  write_time(record.data(), kFirstTime + Nanoseconds(number));
  record.replace(kTimeDigits, std::string::npos, stream == 'o' ? "Z stdout F " : "Z stderr F ");
  // Not the same over and over, or nothing of it would have a size.
  std::mt19937 random(static_cast<unsigned>(number));
  while (record.size() + 1 < bytes) record += static_cast<char>('a' + random() % 26);
  return record + "\n";
}

// At least `bytes` of records, each tenth of stderr.
inline std::string records_of(std::size_t bytes, std::size_t record_bytes = 150) {
  std::string segment;
  for (std::uint64_t number = 0; segment.size() < bytes; ++number) {
    segment += record_of(record_bytes, number, number % 10 == 9 ? 'e' : 'o');
  }
  return segment;
}

// A segment "/log/s" and its archive "/log/a".
struct Archived {
  fakes::FakeFileSystem fs;
  std::unique_ptr<File> segment;
  std::unique_ptr<File> archive;

  explicit Archived(const std::string& contents) {
    fs.put("/log/s", contents);
    fs.put("/log/a", "");
    open();
  }

  void open() {
    const auto log = fs.open_directory("/log").value();
    segment = log->open_file("s", OpenMode::read).value();
    archive = log->open_file("a", OpenMode::read_write).value();
  }

  Archived& write(int level = 6) {
    stats = write_archive(*segment, *archive, level).value();
    return *this;
  }

  std::string bytes() const { return fs.contents("/log/a"); }
  void put(const std::string& changed) {
    fs.put("/log/a", changed);
    open();
  }

  ArchiveStats stats;
};

}  // namespace logd
