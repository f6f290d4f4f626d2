// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <string>
#include <vector>

#include "store/archive_file.h"
#include "store_archives.h"

using namespace logd;

namespace {

// Four members, the last one short.
std::string four_members() { return records_of(3 * kMemberTargetBytes + 50'000); }

struct Inflated {
  std::string bytes;
  std::string damage;
};

Inflated inflate(File& archive) {
  const InflatedArchive inflated = inflate_archive(archive).value();
  Inflated result{std::string(inflated.file->status().value().bytes, 0), inflated.damage};
  std::size_t have = 0;
  while (have < result.bytes.size()) {
    have += inflated.file->read_at(&result.bytes[have], result.bytes.size() - have, have).value();
  }
  return result;
}

std::vector<ArchiveMember> members_of(Archived& made) {
  return ArchiveReader::open(*made.archive).value().members();
}

// `segment` with a line of NULs for a member.
std::string without(std::string segment, const ArchiveMember& member) {
  const auto from = static_cast<std::size_t>(member.uncompressed_offset);
  segment.replace(from, member.uncompressed_bytes - 1, member.uncompressed_bytes - 1, '\0');
  segment[from + member.uncompressed_bytes - 1] = '\n';
  return segment;
}

std::string flipped(std::string bytes, std::uint64_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
  return bytes;
}

// What gzip makes of `bytes`: one member, no extra field.
std::string foreign_gzip(const std::string& bytes) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, bytes.size()) + 100, 0);
  std::string in = bytes;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("archives: an intact one is inflated whole, with and without its table", "[store]") {
  const std::string segment = four_members();
  Archived made(segment);
  made.write();
  CHECK((inflate(*made.archive).bytes == segment));
  CHECK(inflate(*made.archive).damage.empty());
  const auto members = members_of(made);
  REQUIRE(members.size() == 4);

  made.put(made.bytes().substr(0, members.back().end()));
  const auto reader = ArchiveReader::open(*made.archive).value();
  CHECK_FALSE(reader.has_table());
  CHECK(reader.members() == members);
  CHECK((inflate(*made.archive).bytes == segment));
  CHECK_THAT(inflate(*made.archive).damage, Catch::Contains("without its table of contents"));
}

TEST_CASE("archives: a damaged member costs only itself", "[store]") {
  const std::string segment = four_members();
  Archived made(segment);
  made.write();
  const std::string good = made.bytes();
  const auto members = members_of(made);
  for (const bool has_table : {true, false}) {
    for (const ArchiveMember& member : members) {
      // The body, the CRC, the size.
      for (const std::uint64_t at :
           {member.offset + kDataHeaderBytes + 100, member.end() - 7, member.end() - 1}) {
        CAPTURE(has_table, at);
        made.put(flipped(has_table ? good : good.substr(0, members.back().end()), at));
        const Inflated inflated = inflate(*made.archive);
        CHECK((inflated.bytes == without(segment, member)));
        CHECK_THAT(inflated.damage, Catch::Contains(std::to_string(member.bytes) + " bytes at " +
                                                    std::to_string(member.offset)));
        const ArchiveCheck check = check_archive(*made.archive).value();
        REQUIRE(check.damage.size() == (has_table ? 1 : 2));
        CHECK(check.damage[0].offset == member.offset);
      }
    }
  }
}

TEST_CASE("archives: behind a damaged header the table knows what was there", "[store]") {
  const std::string segment = four_members();
  Archived made(segment);
  made.write();
  const std::string good = made.bytes();
  const ArchiveMember member = members_of(made)[1];
  for (std::uint64_t at = member.offset; at < member.offset + kDataHeaderBytes; at += 3) {
    CAPTURE(at);
    made.put(flipped(good, at));
    REQUIRE((inflate(*made.archive).bytes == segment));
    const ArchiveCheck check = check_archive(*made.archive).value();
    REQUIRE(check.damage.size() == 1);
    CHECK(check.damage[0].offset == member.offset);
    CHECK(check.damage[0].reason == "its header is damaged");
    CHECK(check.uncompressed_bytes == segment.size());
  }
}

TEST_CASE("archives: without a table the next valid header is found", "[store]") {
  const std::string segment = four_members();
  Archived made(segment);
  made.write();
  const auto members = members_of(made);
  const std::string good = made.bytes().substr(0, members.back().end());
  for (std::size_t k = 0; k < members.size(); ++k) {
    CAPTURE(k);
    made.put(flipped(good, members[k].offset + 5));
    std::string expected = segment;
    expected.erase(members[k].uncompressed_offset, members[k].uncompressed_bytes);
    const Inflated inflated = inflate(*made.archive);
    CHECK((inflated.bytes == expected));
    const ArchiveCheck check = check_archive(*made.archive).value();
    // The end of the file, where the table should be, is damage as well.
    REQUIRE(check.damage.size() == (k + 1 < members.size() ? 2 : 1));
    CHECK(check.damage[0].offset == members[k].offset);
    CHECK(check.damage[0].bytes == members[k].bytes);
  }
}

TEST_CASE("archives: bytes lost or added in the middle cost one member", "[store]") {
  const std::string segment = four_members();
  Archived made(segment);
  made.write();
  const std::string good = made.bytes();
  const auto members = members_of(made);
  std::string shorter = good;
  shorter.erase(members[1].offset + 200, 1000);
  made.put(shorter);
  CHECK((inflate(*made.archive).bytes == without(segment, members[1])));

  std::string longer = good;
  longer.insert(members[1].offset + 200, 1000, 'x');
  made.put(longer);
  CHECK((inflate(*made.archive).bytes == without(segment, members[1])));

  made.put(good + "trailing");
  const ArchiveCheck check = check_archive(*made.archive).value();
  REQUIRE(check.damage.size() == 1);
  CHECK(check.damage[0].offset == good.size());
  CHECK((inflate(*made.archive).bytes == segment));
}

TEST_CASE("archives: one that ends too early keeps its whole members", "[store]") {
  const std::string segment = four_members();
  Archived made(segment);
  made.write();
  const std::string good = made.bytes();
  const auto members = members_of(made);
  std::size_t step = 1;
  for (std::size_t size = 0; size < good.size(); size += step) {
    const bool is_near_border = std::any_of(members.begin(), members.end(), [&](const auto& m) {
      return size + 5000 > m.end() && size < m.end() + 100;
    });
    step = is_near_border ? 301 : 49'999;
    CAPTURE(size);
    made.put(good.substr(0, size));
    const Inflated inflated = inflate(*made.archive);
    REQUIRE_FALSE(inflated.damage.empty());
    std::size_t whole = 0;
    for (const ArchiveMember& member : members) {
      if (member.end() <= size) whole = member.uncompressed_end();
    }
    REQUIRE(inflated.bytes.size() >= whole);
    REQUIRE(segment.compare(0, whole, inflated.bytes, 0, whole) == 0);
    REQUIRE_FALSE(check_archive(*made.archive).value().damage.empty());
  }
}

TEST_CASE("archives: no flipped bit passes the check, wherever it is", "[store]") {
  Archived made(records_of(3000));
  made.write();
  const std::string good = made.bytes();
  const auto members = members_of(made);
  REQUIRE(members.size() == 1);
  for (std::size_t at = 0; at < good.size(); ++at) {
    if (at + 9 == members[0].end()) continue;  // deflate leaves bits of its last byte unused
    CAPTURE(at);
    made.put(flipped(good, at));
    REQUIRE_FALSE(check_archive(*made.archive).value().damage.empty());
  }
}

TEST_CASE("archives: a header that lies is found, and memory stays small", "[store]") {
  const std::string segment = four_members();
  Archived made(segment);
  made.write();
  const std::string good = made.bytes();
  auto members = members_of(made);
  const auto with_header = [&](ArchiveMember lie) {
    std::string bytes = good;
    bytes.replace(members[1].offset, kDataHeaderBytes, encode_data_header(lie));
    return bytes;
  };
  for (const bool has_table : {true, false}) {
    CAPTURE(has_table);
    std::vector<ArchiveMember> lies(5, members[1]);
    lies[0].bytes += 1;
    lies[1].bytes -= 1;
    lies[2].uncompressed_bytes += 1;
    lies[3].uncompressed_bytes -= 1;
    lies[4].uncompressed_bytes = kMaxMemberUncompressedBytes;
    for (const ArchiveMember& lie : lies) {
      made.put(with_header(lie).substr(0, has_table ? good.size() : members.back().end()));
      const Inflated inflated = inflate(*made.archive);
      CHECK(inflated.bytes.size() < segment.size() + kMaxMemberUncompressedBytes);
      if (has_table) CHECK((inflated.bytes == segment));
      CHECK(inflated.bytes.ends_with(segment.substr(members[2].uncompressed_offset)));
      CHECK_FALSE(check_archive(*made.archive).value().damage.empty());
    }
    ArchiveMember lie = members[1];
    lie.summary.err_records += 1;
    made.put(with_header(lie).substr(0, has_table ? good.size() : members.back().end()));
    CHECK((inflate(*made.archive).bytes == segment));
    CHECK_FALSE(check_archive(*made.archive).value().damage.empty());
  }
}

TEST_CASE("archives: a table that lists other members is no table", "[store]") {
  const std::string segment = four_members();
  Archived made(segment);
  made.write();
  auto members = members_of(made);
  const std::string data = made.bytes().substr(0, members.back().end());
  // All CRCs right, and one member short.
  made.put(data + encode_table(members.data(), 3) + encode_index({data.size()}));
  CHECK_FALSE(ArchiveReader::open(*made.archive).value().has_table());
  CHECK((inflate(*made.archive).bytes == segment));
  // An index that points at itself, at the beginning, behind the end.
  for (const std::uint64_t offset : {data.size(), std::size_t{0}, data.size() * 2}) {
    made.put(data + encode_index({offset}));
    CHECK_FALSE(ArchiveReader::open(*made.archive).value().has_table());
    CHECK((inflate(*made.archive).bytes == segment));
  }
  // Two tables are as good as one.
  const std::string first = encode_table(members.data(), 3);
  made.put(data + first + encode_table(&members[3], 1) +
           encode_index({data.size(), data.size() + first.size()}));
  CHECK(ArchiveReader::open(*made.archive).value().has_table());
  CHECK(check_archive(*made.archive).value().damage.empty());
}

TEST_CASE("archives: an archive within a log is content, not members", "[store]") {
  Archived inner(records_of(1000));
  inner.write();
  // Stored as it is, since random bytes around it do not get smaller.
  std::mt19937 random(1);
  std::string noise(kMemberTargetBytes - 10'000, 'x');
  for (char& byte : noise) byte = static_cast<char>(random());
  const std::string segment = noise + inner.bytes() + "\n" + records_of(kMemberTargetBytes);
  Archived made(segment);
  made.write();
  const auto members = members_of(made);
  const std::string good = made.bytes();
  CHECK(good.find(inner.bytes().substr(0, kDataHeaderBytes)) != std::string::npos);
  // The walk looks for a header behind the whole first member, not in it.
  made.put(flipped(good.substr(0, members.back().end()), members[1].offset + 20));
  const auto reader = ArchiveReader::open(*made.archive).value();
  REQUIRE(reader.members().size() == members.size() - 1);
  CHECK(reader.members()[0] == members[0]);
}

TEST_CASE("archives: what another program has made is read as before", "[store]") {
  const std::string one = records_of(300'000);
  const std::string two = records_of(200);
  Archived made("");
  made.put(foreign_gzip(one) + foreign_gzip(two) + foreign_gzip(""));
  CHECK(ArchiveReader::open(*made.archive).value().is_foreign());
  CHECK((inflate(*made.archive).bytes == one + two));
  CHECK(inflate(*made.archive).damage.empty());
  const ArchiveCheck check = check_archive(*made.archive).value();
  CHECK(check.is_foreign);
  CHECK(check.damage.empty());
  CHECK(check.uncompressed_bytes == one.size() + two.size());

  const std::string good = foreign_gzip(one);
  made.put(flipped(good, good.size() / 2));
  CHECK_FALSE(inflate(*made.archive).damage.empty());
  CHECK(check_archive(*made.archive).value().damage.size() == 1);
  made.put(good.substr(0, good.size() - 1));
  CHECK(inflate(*made.archive).damage == "it ends too early");
  CHECK((inflate(*made.archive).bytes == one));
}

TEST_CASE("archives: an archive of a later version is read as a gzip file", "[store]") {
  const std::string segment = records_of(10'000);
  Archived made(segment);
  made.write();
  std::string later = made.bytes();
  for (std::size_t at = later.find("LG"); at != std::string::npos; at = later.find("LG", at + 1)) {
    if (later.compare(at, 4, "LGix") != 0 && later[at + 4] == 1) later[at + 4] = 2;
  }
  made.put(later);
  CHECK(ArchiveReader::open(*made.archive).value().is_foreign());
  CHECK((inflate(*made.archive).bytes == segment));
  CHECK(inflate(*made.archive).damage.empty());
}

TEST_CASE("archives: empty files and rubbish are damage", "[store]") {
  Archived made("");
  for (const std::string& bytes : {std::string(), std::string("x"), std::string(100'000, '\0'),
                                   std::string("\x1f\x8b\x08\x04"), four_members()}) {
    made.put(bytes);
    const Inflated inflated = inflate(*made.archive);
    CHECK(inflated.bytes.empty());
    CHECK_FALSE(inflated.damage.empty());
    const ArchiveCheck check = check_archive(*made.archive).value();
    CHECK(check.damage.size() == 1);
    CHECK(check.damage[0].bytes == bytes.size());
  }
}

TEST_CASE("archives: random damage never reads a byte that was not there", "[store]") {
  const std::string segment = records_of(2 * kMemberTargetBytes, 5000);
  Archived made(segment);
  made.write(1);
  const std::string good = made.bytes();
  std::mt19937 random(17);
  for (int round = 0; round < 60; ++round) {
    std::string bytes = good;
    for (auto left = 1 + random() % 5; left > 0; --left) {
      const std::size_t at = random() % bytes.size();
      const std::size_t size = std::min<std::size_t>(random() % 300, bytes.size() - at);
      switch (random() % 4) {
        case 0:
          bytes.erase(at, size);
          break;
        case 1:
          bytes.insert(at, good, random() % good.size(), size);
          break;
        case 2:
          bytes.replace(at, size, size, static_cast<char>(random()));
          break;
        default:
          bytes[at] = static_cast<char>(random());
      }
    }
    CAPTURE(round);
    made.put(bytes);
    const Inflated inflated = inflate(*made.archive);
    const ArchiveCheck check = check_archive(*made.archive).value();
    if (bytes != good) CHECK_FALSE(check.damage.empty());
    // Each line is one of the segment's, or stands for what is lost.
    std::string_view rest = inflated.bytes;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n') + 1);
      REQUIRE((line[0] == '\0' || line == "\n" || segment.find(line) != std::string::npos));
      rest.remove_prefix(line.size());
    }
  }
}

TEST_CASE("archives: a failed read is an error, not damage", "[store]") {
  Archived made(four_members());
  made.write();
  made.put(flipped(made.bytes(), made.bytes().size() - 3));  // no table
  const auto fails_at_every_read = [&](auto call) {
    made.fs.clear_calls();
    REQUIRE(call());
    const std::size_t reads = made.fs.count(fakes::Call::read);
    REQUIRE(reads > 4);
    for (std::size_t nth = 1; nth <= reads; ++nth) {
      made.fs.fail_call(fakes::Call::read, EIO, static_cast<int>(nth));
      const auto failed = call();
      REQUIRE_FALSE(failed);
      CHECK(failed.error().code == ErrorCode::io);
    }
  };
  fails_at_every_read([&] { return check_archive(*made.archive); });
  fails_at_every_read([&] { return inflate_archive(*made.archive); });
}
