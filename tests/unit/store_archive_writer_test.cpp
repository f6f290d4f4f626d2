// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cerrno>
#include <string>
#include <vector>

#include "store_archives.h"

using namespace logd;

namespace {

std::string inflated(File& archive) {
  std::string bytes;
  GzipStream stream(archive);
  for (;;) {
    const std::string_view piece = stream.next().value();
    if (piece.empty()) break;
    bytes += piece;
  }
  REQUIRE(stream.damage().empty());
  return bytes;
}

std::string read_by_member(File& archive) {
  ArchiveReader reader = ArchiveReader::open(archive).value();
  REQUIRE(reader.has_table());
  std::string bytes;
  for (const ArchiveMember& member : reader.members()) {
    REQUIRE(member.uncompressed_offset == bytes.size());
    REQUIRE(reader.is_header_right(member).value());
    bytes += reader.read(member).value();
  }
  return bytes;
}

// What an archive of `segment` must be, whatever the segment.
void check_identity(const std::string& segment) {
  Archived made(segment);
  made.write(1);
  CHECK(made.stats.bytes_in == segment.size());
  CHECK(made.stats.bytes_out == made.bytes().size());
  CHECK(made.stats.records == summary_of(segment));
  CHECK((inflated(*made.archive) == segment));
  CHECK((read_by_member(*made.archive) == segment));
  CHECK(compare_archive(*made.archive, *made.segment));
  const ArchiveCheck check = check_archive(*made.archive).value();
  CHECK(check.damage.empty());
  CHECK(check.uncompressed_bytes == segment.size());
  CHECK(check.records == made.stats.records);
}

}  // namespace

TEST_CASE("ArchiveWriter: what is read back is the segment, byte for byte", "[store]") {
  const std::size_t target = kMemberTargetBytes;
  const std::string border = records_of(target - 100, 128);
  const std::string odd[] = {
      "",
      "\n",
      "x",
      std::string(5, '\0'),
      record_of(100, 1),
      record_of(100, 1).substr(0, 99),                      // no newline at the end
      "no record\n" + record_of(100, 1) + "another\n\n\n",  //
      records_of(target * 3, 777),
      records_of(target, 128),                        // ends at the border
      records_of(target, 128) + "x",                  // one byte more, and torn
      border + record_of(target - border.size(), 1),  // the same, one record
      border + record_of(target - border.size() + 1, 1),
      record_of(target, 1) + record_of(target, 2),
      record_of(target + 1, 1) + record_of(60, 2),
      record_of(60, 1) + record_of(target * 3, 2) + records_of(target * 2),
      record_of(60, 1) + std::string(target * 2, 'x'),  // torn, and longer than a member
      std::string(target * 2 + 3, '\n'),
  };
  for (std::size_t i = 0; i < std::size(odd); ++i) {
    CAPTURE(i);
    check_identity(odd[i]);
  }
}

TEST_CASE("ArchiveWriter: random segments come back whole", "[store]") {
  std::mt19937 random(3);
  for (int round = 0; round < 12; ++round) {
    std::string segment;
    while (segment.size() < random() % (3 * kMemberTargetBytes)) {
      const std::size_t kind = random() % 50;
      const std::size_t size = kind == 0 ? random() % kMemberTargetBytes : random() % 3000;
      segment += kind < 3 ? std::string(size, static_cast<char>(random())) : record_of(size, kind);
    }
    CAPTURE(round);
    check_identity(segment);
  }
}

TEST_CASE("ArchiveWriter: a member is whole records, of the target's size or one longer",
          "[store]") {
  Archived made(records_of(2 * kMemberTargetBytes, 150) + record_of(kMemberTargetBytes + 5, 1) +
                record_of(150, 2));
  made.write();
  const ArchiveReader reader = ArchiveReader::open(*made.archive).value();
  const std::string segment = made.fs.contents("/log/s");
  for (const ArchiveMember& member : reader.members()) {
    CHECK(segment[member.uncompressed_end() - 1] == '\n');
    CHECK((member.uncompressed_bytes <= kMemberTargetBytes ||
           member.uncompressed_bytes == kMemberTargetBytes + 5));
  }
  CHECK(reader.members().size() == 5);
  CHECK(made.stats.members == 5);
}

TEST_CASE("ArchiveWriter: bytes without a newline are cut where no record can be so long",
          "[store]") {
  std::string segment = record_of(100, 1);
  segment.insert(0, kMaxMemberUncompressedBytes + 10, 'x').insert(segment.size() - 100, 1, '\n');
  Archived made(segment);
  made.write();
  const ArchiveReader reader = ArchiveReader::open(*made.archive).value();
  REQUIRE(reader.members().size() == 2);
  CHECK(reader.members()[0].uncompressed_bytes == kMaxMemberUncompressedBytes);
  CHECK(reader.members()[1].uncompressed_bytes == 111);
  CHECK(compare_archive(*made.archive, *made.segment));
}

TEST_CASE("ArchiveWriter: random bytes grow by little more than the headers", "[store]") {
  std::mt19937 random(5);
  std::string segment(1'000'000, 0);
  for (char& byte : segment) byte = static_cast<char>(random());
  Archived made(segment);
  made.write();
  CHECK(made.stats.bytes_out < segment.size() + 2000);
}

TEST_CASE("ArchiveWriter: each level is taken, and a higher one is not larger", "[store]") {
  Archived made(records_of(kMemberTargetBytes));
  std::uint64_t last = ~std::uint64_t{0};
  for (int level = 1; level <= 9; ++level) {
    made.put("");
    made.write(level);
    CHECK(made.stats.bytes_out <= last + last / 500);
    CHECK(compare_archive(*made.archive, *made.segment));
    last = made.stats.bytes_out;
  }
}

TEST_CASE("ArchiveWriter: short reads and writes change nothing", "[store]") {
  const std::string segment = records_of(kMemberTargetBytes + 10'000);
  Archived whole(segment);
  whole.write();
  Archived made(segment);
  made.fs.set_write_limit(7'001);
  made.fs.set_read_limit(10'007);
  made.write();
  CHECK((made.bytes() == whole.bytes()));
  CHECK(compare_archive(*made.archive, *made.segment));
}

TEST_CASE("ArchiveWriter: whatever call fails, the error comes back", "[store]") {
  const std::string segment = records_of(kMemberTargetBytes + 10'000);
  Archived whole(segment);
  whole.fs.clear_calls();
  whole.write();
  const std::size_t reads = whole.fs.count(fakes::Call::read);
  const std::size_t writes = whole.fs.count(fakes::Call::write);
  REQUIRE(reads >= 2);
  REQUIRE(writes == 4);  // two members, a table, the index
  for (std::size_t nth = 1; nth <= reads; ++nth) {
    Archived made(segment);
    made.fs.fail_call(fakes::Call::read, EIO, static_cast<int>(nth));
    const auto failed = write_archive(*made.segment, *made.archive, 6);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == ErrorCode::io);
  }
  for (std::size_t nth = 1; nth <= writes; ++nth) {
    Archived made(segment);
    made.fs.fail_call(fakes::Call::write, ENOSPC, static_cast<int>(nth));
    const auto failed = write_archive(*made.segment, *made.archive, 6);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == ErrorCode::no_space);
  }
  for (const std::uint64_t room : {0u, 1u, 100u, 60'000u}) {
    Archived made(segment);
    made.fs.set_disk_limit(segment.size() + room);
    const auto failed = write_archive(*made.segment, *made.archive, 6);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == ErrorCode::no_space);
    CHECK(made.bytes().size() == room);
  }
}

TEST_CASE("compare_archive: finds every byte that differs, and what is missing or more",
          "[store]") {
  const std::string segment = records_of(kMemberTargetBytes + 10'000);
  Archived made(segment);
  made.write();
  const auto differs_from = [&](const std::string& other) {
    made.fs.put("/log/s", other);
    made.open();
    const auto same = compare_archive(*made.archive, *made.segment);
    return !same && same.error().code == ErrorCode::corrupt;
  };
  CHECK_FALSE(differs_from(segment));
  CHECK(differs_from(segment + "x"));
  CHECK(differs_from(segment.substr(0, segment.size() - 1)));
  CHECK(differs_from(""));
  std::string flipped = segment;
  flipped[segment.size() - 5] ^= 1;
  CHECK(differs_from(flipped));
}

TEST_CASE("compare_archive: finds every kind of damage in the archive", "[store]") {
  Archived made(records_of(20'000));
  made.write();
  const std::string good = made.bytes();
  const auto is_found = [&](const std::string& bytes) {
    made.put(bytes);
    const auto same = compare_archive(*made.archive, *made.segment);
    return !same && same.error().code == ErrorCode::corrupt;
  };
  CHECK_FALSE(is_found(good));
  CHECK(is_found(""));
  for (std::size_t at = 0; at < good.size(); at += at < 100 ? 1 : 331) {
    CAPTURE(at);
    std::string flipped = good;
    flipped[at] = static_cast<char>(flipped[at] ^ 4);
    REQUIRE(is_found(flipped));
    REQUIRE(is_found(good.substr(0, at)));
  }
  for (std::size_t at = good.size() - 200; at < good.size(); ++at) {
    CAPTURE(at);
    std::string flipped = good;
    flipped[at] = static_cast<char>(flipped[at] ^ 4);
    REQUIRE(is_found(flipped));
    REQUIRE(is_found(good.substr(0, at)));
  }
}

TEST_CASE("compare_archive: a failed read is no difference", "[store]") {
  Archived made(records_of(kMemberTargetBytes + 10'000));
  made.write();
  made.fs.clear_calls();
  REQUIRE(compare_archive(*made.archive, *made.segment));
  const std::size_t reads = made.fs.count(fakes::Call::read);
  for (std::size_t nth = 1; nth <= reads; ++nth) {
    made.fs.fail_call(fakes::Call::read, EIO, static_cast<int>(nth));
    const auto failed = compare_archive(*made.archive, *made.segment);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == ErrorCode::io);
  }
}
