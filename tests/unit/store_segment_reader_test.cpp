// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cerrno>
#include <random>
#include <string>
#include <vector>

#include "fakes/fake_file_system.h"
#include "store/record_view.h"
#include "store/segment_reader.h"

using namespace logd;

namespace {

// One segment in memory. The readers only look for newlines, so that any lines will do.
struct Segment {
  fakes::FakeFileSystem fs;
  std::unique_ptr<File> file;

  explicit Segment(std::string_view contents) { put(contents); }

  void put(std::string_view contents) {
    fs.put("/log/a", contents);
    file = fs.open_directory("/log").value()->open_file("a", OpenMode::read).value();
  }
};

std::vector<std::string> read_forward(File& file, std::size_t block_bytes,
                                      std::uint64_t offset = 0) {
  std::vector<std::string> records;
  ForwardReader reader(file, offset, block_bytes);
  for (;;) {
    const RecordBlock block = reader.next().value();
    if (block.is_empty()) return records;
    REQUIRE(block.offset + block.records.size() == reader.offset());
    std::string_view rest = block.records;
    while (!rest.empty()) records.emplace_back(take_first_record(rest));
  }
}

// In the order of the file, though read from its end.
std::vector<std::string> read_backward(File& file, std::size_t block_bytes, std::uint64_t end) {
  std::vector<std::string> records;
  BackwardReader reader(file, end, block_bytes);
  for (;;) {
    const RecordBlock block = reader.previous().value();
    if (block.is_empty()) break;
    std::string_view rest = block.records;
    while (!rest.empty()) records.emplace_back(take_last_record(rest));
  }
  return {records.rbegin(), records.rend()};
}

using Records = std::vector<std::string>;

}  // namespace

TEST_CASE("segment readers: both give every whole record, whatever the block's size", "[store]") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::string contents;
    Records expected;
    for (auto left = random() % 40; left > 0; --left) {
      const std::size_t length = random() % 20 == 0 ? random() % 300 : random() % 12;
      expected.emplace_back(length, static_cast<char>('a' + left % 26));
      contents += expected.back() + "\n";
    }
    contents += std::string(random() % 3 * 7, 'x');  // a record that is being written
    Segment segment(contents);
    if (round % 2 == 0) segment.fs.set_read_limit(1 + random() % 5);
    const std::size_t block_bytes = 1 + random() % 64;
    CAPTURE(round, block_bytes, contents);
    CHECK(read_forward(*segment.file, block_bytes) == expected);
    CHECK(read_backward(*segment.file, block_bytes, contents.size()) == expected);
  }
}

TEST_CASE("ForwardReader: starts at the offset of a record", "[store]") {
  Segment segment("one\ntwo\nthree\n");
  CHECK(read_forward(*segment.file, 4, 4) == Records{"two", "three"});
  CHECK(read_forward(*segment.file, 64, 14).empty());
  CHECK(read_forward(*segment.file, 64, 99).empty());
}

// Recovery after a kill cuts off what follows the last newline and may write something else there.
TEST_CASE("ForwardReader: a torn record that was replaced is read as what it became", "[store]") {
  Segment segment("one\ntor");
  ForwardReader reader(*segment.file, 0);
  CHECK(reader.next().value().records == "one\n");
  CHECK(reader.next().value().is_empty());
  segment.fs.put("/log/a", "one\nother\n");
  segment.file = segment.fs.open_directory("/log").value()->open_file("a", OpenMode::read).value();
  ForwardReader again(*segment.file, reader.offset());
  CHECK(again.next().value().records == "other\n");
}

TEST_CASE("ForwardReader: goes on when the file grows in place", "[store]") {
  fakes::FakeFileSystem fs;
  fs.make_directory("/log");
  const auto directory = fs.open_directory("/log").value();
  const auto writer = directory->open_file("a", OpenMode::create_new).value();
  const auto file = directory->open_file("a", OpenMode::read).value();
  ForwardReader reader(*file, 0);
  CHECK(reader.next().value().is_empty());
  REQUIRE(writer->write_at("one\ntorn", 0).value() == 8);
  CHECK(reader.next().value().records == "one\n");
  CHECK(reader.next().value().is_empty());
  REQUIRE(writer->truncate(4));
  CHECK(reader.next().value().is_empty());
  REQUIRE(writer->write_at("two\n", 4).value() == 4);
  CHECK(reader.next().value().records == "two\n");
}

TEST_CASE("segment readers: a read that fails is an error, and can be tried again", "[store]") {
  Segment segment("one\ntwo\n");
  ForwardReader forward(*segment.file, 0);
  BackwardReader backward(*segment.file, 8);
  segment.fs.fail_all(fakes::Call::read, EIO);
  CHECK(forward.next().error().sys_errno == EIO);
  CHECK(backward.previous().error().sys_errno == EIO);
  segment.fs.fail_all(fakes::Call::read, 0);
  CHECK(forward.next().value().records == "one\ntwo\n");
  CHECK(backward.previous().value().records == "one\ntwo\n");
}

TEST_CASE("segment readers: what has no newline for too long is left out", "[store]") {
  const std::string longest(kMaxRecordBytes - 1, 'a');
  const std::string too_long(kMaxRecordBytes + 5, 'b');
  Segment segment("one\n" + longest + "\n" + too_long + "\nlast\n");
  const Records expected{"one", longest, "last"};
  CHECK((read_forward(*segment.file, 4096) == expected));
  CHECK((read_backward(*segment.file, 4096, segment.file->status()->bytes) == expected));

  ForwardReader reader(*segment.file, 0);
  while (!reader.next().value().is_empty()) {
  }
  CHECK(reader.skipped_bytes() == too_long.size() + 1);
}

TEST_CASE("BackwardReader: the end of a large segment costs one small read", "[store]") {
  std::string contents;
  for (int i = 0; i < 100000; ++i) contents += "a record of some thirty bytes\n";
  Segment segment(contents);
  segment.fs.clear_calls();
  BackwardReader reader(*segment.file, contents.size());
  CHECK_FALSE(reader.previous().value().is_empty());
  CHECK(segment.fs.count(fakes::Call::read) == 1);
}

TEST_CASE("BackwardReader: a file that was truncated meanwhile ends the reading", "[store]") {
  Segment segment("one\ntwo\nthree\n");
  const auto directory = segment.fs.open_directory("/log").value();
  BackwardReader reader(*segment.file, 14, 4);
  REQUIRE(directory->open_file("a", OpenMode::read_write).value()->truncate(0));
  CHECK(reader.previous().value().is_empty());
}
