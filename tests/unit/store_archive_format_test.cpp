// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "store/archive_format.h"
#include "store_archives.h"

using namespace logd;

namespace {

ArchiveMember some_member(std::uint32_t number = 0) {
  ArchiveMember member;
  member.bytes = 1000 + number;
  member.uncompressed_bytes = 9000 + number;
  member.summary = {kFirstTime, kFirstTime + Nanoseconds(number), 12, 3, number};
  return member;
}

std::string without_body(const std::string& member) {
  return member.substr(0, member.size() - kEmptyBody.size());
}

}  // namespace

TEST_CASE("archive format: a header is read as it was written", "[store]") {
  const std::string header = encode_data_header(some_member(7));
  REQUIRE(header.size() == kDataHeaderBytes);
  CHECK(kMaxMemberUncompressedBytes == 16'777'262);  // as man 5 says
  CHECK(parse_data_header(header) == some_member(7));
  CHECK(look_at_member(header)->kind == MemberKind::data);
  CHECK(look_at_member(header)->header_bytes == kDataHeaderBytes);
}

TEST_CASE("archive format: the largest tables and index stay within 8 KiB", "[store]") {
  std::vector<ArchiveMember> members;
  for (std::uint32_t i = 0; i < kMaxTableEntries; ++i) members.push_back(some_member(i));
  const std::string table = encode_table(members.data(), members.size());
  CHECK(table.size() <= kMaxHeaderBytes + kEmptyBody.size());
  CHECK(parse_table(without_body(table)) == members);

  std::vector<std::uint64_t> offsets(kMaxTables);
  for (std::size_t i = 0; i < offsets.size(); ++i) offsets[i] = i << 33;
  const std::string index = encode_index(offsets);
  CHECK(index.size() <= kMaxHeaderBytes + kEmptyBody.size());
  CHECK(parse_index(without_body(index)) == offsets);
  CHECK(parse_index_tail(index.substr(index.size() - kIndexTailBytes)) == index.size());
}

TEST_CASE("archive format: no byte of a header can change unnoticed", "[store]") {
  const ArchiveMember member = some_member();
  const std::string header = encode_data_header(member);
  const std::string table = without_body(encode_table(&member, 1));
  const std::string index = without_body(encode_index({5, 6}));
  const auto flip_all = [](const std::string& bytes, auto parse) {
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      std::string flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
      CAPTURE(bit);
      REQUIRE_FALSE(parse(flipped));
    }
  };
  flip_all(header, [](const std::string& bytes) { return parse_data_header(bytes).has_value(); });
  flip_all(table, [](const std::string& bytes) { return parse_table(bytes).has_value(); });
  flip_all(index, [](const std::string& bytes) { return parse_index(bytes).has_value(); });
}

TEST_CASE("archive format: what no member can be like is refused, its CRC right or not",
          "[store]") {
  const auto is_refused = [](auto change) {
    ArchiveMember member = some_member();
    change(member);
    return !parse_data_header(encode_data_header(member));
  };
  CHECK_FALSE(is_refused([](ArchiveMember&) {}));
  CHECK(is_refused([](ArchiveMember& m) { m.bytes = 68; }));
  CHECK(is_refused([](ArchiveMember& m) { m.bytes = 0xffffffff; }));
  CHECK(is_refused([](ArchiveMember& m) { m.uncompressed_bytes = 0; }));
  CHECK(is_refused([](ArchiveMember& m) { m.uncompressed_bytes = 0xffffffff; }));
  CHECK(is_refused([](ArchiveMember& m) { m.uncompressed_bytes = 2'000'000; }));  // of 1000
  CHECK(is_refused([](ArchiveMember& m) { m.summary.out_records = 9001; }));
  CHECK(is_refused([](ArchiveMember& m) { m.summary.last_time -= Nanoseconds(1); }));
}

TEST_CASE("archive format: random bytes are no member, and parsing them is safe", "[store]") {
  std::mt19937 random(11);
  const ArchiveMember member = some_member();
  const std::string seeds[] = {encode_data_header(member), encode_table(&member, 1),
                               encode_index({1, 2, 3})};
  for (int round = 0; round < 30000; ++round) {
    std::string bytes = round % 4 == 3 ? std::string(random() % 200, 0) : seeds[random() % 3];
    if (round % 4 == 3) {
      for (char& byte : bytes) byte = static_cast<char>(random());
    } else {
      for (auto left = 1 + random() % 4; left > 0; --left) {
        bytes[random() % bytes.size()] = static_cast<char>(random());
      }
      bytes.resize(random() % (bytes.size() + 1));
    }
    // Exact heap copies, for the sanitizers.
    const std::vector<char> copy(bytes.begin(), bytes.end());
    const std::string_view view(copy.data(), copy.size());
    const auto tail = view.substr(view.size() - std::min(view.size(), kIndexTailBytes));
    (void)look_at_member(view);
    CHECK_FALSE((parse_data_header(view) && bytes != seeds[0]));
    (void)parse_table(view);
    (void)parse_index(view);
    (void)parse_index_tail(tail);
  }
}

TEST_CASE("archive format: a version or kind to come is not taken for this one", "[store]") {
  std::string header = encode_data_header(some_member());
  header[16] = 2;
  CHECK_FALSE(look_at_member(header));
  header[16] = 1;
  header[17] = 4;
  CHECK_FALSE(look_at_member(header));
}

TEST_CASE("summary_of: events count as such, and what is no record nowhere", "[store]") {
  const std::string event = encode_event(kFirstTime + Nanoseconds(5), "started");
  const RecordSummary found =
      summary_of(record_of(60, 9) + "no record\n" + event + record_of(60, 7, 'e') +
                 record_of(60, 1) + "\n" + record_of(70, 4).substr(0, 69));
  CHECK(found == RecordSummary{kFirstTime + Nanoseconds(1), kFirstTime + Nanoseconds(9), 3, 1, 1});
  CHECK(summary_of("nothing\n") == RecordSummary{});
  CHECK(summary_of("") == RecordSummary{});

  RecordSummary sum;
  sum.add(RecordSummary{});
  sum.add(found);
  sum.add(RecordSummary{});
  CHECK(sum == found);
}
