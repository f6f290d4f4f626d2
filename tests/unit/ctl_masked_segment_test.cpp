// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "ctl/mask_policy.h"
#include "ctl/masked_segment.h"
#include "ctl/rule_options.h"
#include "fakes/fake_file_system.h"

using namespace logd;

namespace {

const std::string kAwsKey = "AKIAZ5FGH7KQJ3N2XWMB";

// The default policy of the built-in rules.
const Masker& masker() {
  static const std::unique_ptr<MaskRules> rules = compile_rules(built_in_library()).value();
  static const std::unique_ptr<MaskPolicy> policy =
      follow_policy(*rules, Config(), MaskingConfig()).value();
  return policy->masker();
}

std::string record(int number, const std::string& rest) {
  std::string text(kTimeDigits, ' ');
  write_time(text.data(), WallTime(std::chrono::seconds(1'795'299'420 + number)));
  return text + "Z " + rest + "\n";
}

struct Masked {
  std::string records;
  MaskedCount count;
  MaskStates states;
};

Result<Masked> mask(const std::string& segment, const MaskStates& states = {},
                    const std::string& behind = "") {
  fakes::FakeFileSystem fs;
  fs.put("/log/s", segment);
  const auto file = fs.open_directory("/log").value()->open_file("s", OpenMode::read).value();
  const LineBehind line_behind = [&](Stream stream) {
    std::string line;
    add_line_of(stream, behind, 4096, line);
    return line;
  };
  MaskedSegment masked(masker(), *file, states, line_behind);
  std::string records;
  for (;;) {
    LOGD_TRY_ASSIGN(const std::string_view more, masked.next());
    if (more.empty()) break;
    records += more;
  }
  return Masked{records, masked.count(), masked.states()};
}

// Nothing is left of `secret`, all else reads as `wanted`, and once more changes nothing.
void check_masked(const std::string& segment, const std::string& wanted, std::uint64_t lines) {
  const Masked once = mask(segment).value();
  CHECK(once.records == wanted);
  CHECK(once.count.lines == lines);
  CHECK(once.count.masks >= lines);
  const Masked twice = mask(once.records).value();
  CHECK(twice.records == once.records);
  CHECK(twice.count.lines == 0);
  CHECK(twice.count.masks == 0);
}

}  // namespace

TEST_CASE("MaskedSegment: what lines say is masked, and nothing else changes", "[ctl]") {
  std::string event = record(3, "stderr F exited run 1: password=hunter2hunter2");
  event.replace(kTimeDigits, 1, "+00:00");
  const std::string before = record(1, "stdout F plain") + record(2, "stderr F ") + event +
                             record(4, "stdout F key " + kAwsKey + " here") +
                             record(5, "stdout F \xff\r plain \0");
  std::string after = before;
  const Masked masked = mask(before).value();
  const std::size_t at = after.find(kAwsKey);
  const std::size_t mask_end = masked.records.find(" here");
  REQUIRE(mask_end != std::string::npos);
  after.replace(at, kAwsKey.size(), masked.records.substr(at, mask_end - at));
  CHECK(masked.records.find(kAwsKey.substr(4)) == std::string::npos);
  check_masked(before, after, 1);
}

TEST_CASE("MaskedSegment: a secret in two pieces of a line is one", "[ctl]") {
  const std::string head = kAwsKey.substr(0, 9);
  const std::string tail = kAwsKey.substr(9);
  const std::string before = record(1, "stdout P key " + head) + record(2, "stderr F between") +
                             record(3, "stdout P " + tail) + record(4, "stdout F  end");
  const Masked masked = mask(before).value();
  CHECK(masked.records.find(head) == std::string::npos);
  CHECK(masked.records.find(tail) == std::string::npos);
  CHECK(masked.count.lines == 1);
  CHECK(masked.records.find("stderr F between\n") != std::string::npos);
  CHECK(masked.records.find("stdout F  end\n") != std::string::npos);
  CHECK(mask(masked.records).value().count.lines == 0);
}

TEST_CASE("MaskedSegment: a cut between two segments hides no secret", "[ctl]") {
  const std::string next = record(2, "stderr F other") + record(3, "stdout F Xq9 and more");
  const Masked first = mask(record(1, "stdout P password=hunter2"), {}, next).value();
  CHECK(first.records.find("hunter2") == std::string::npos);
  const Masked second = mask(next, first.states).value();
  CHECK(second.records.find("Xq9") == std::string::npos);
  CHECK(second.records.find(" and more") != std::string::npos);
  CHECK(mask(first.records, {}, second.records).value().count.lines == 0);
}

TEST_CASE("MaskedSegment: a private key over lines, streams and segments", "[ctl]") {
  const std::string row = "MIIEpAIBAAKCAQEAx3Vn0sPq7ZbY1kLrW8tUeHc5dGf2mJ9oTzXiRvB4nQyK6aSw";
  std::string first = record(1, "stdout F -----BEGIN RSA PRIVATE KEY-----");
  for (int line = 2; line < 9; line += 2) {
    first += record(line, "stdout F " + row);
    first += record(line + 1, "stderr F of something else");
  }
  const Masked begin = mask(first).value();
  const Masked end =
      mask(record(20, "stdout F " + row) + record(21, "stdout F -----END RSA PRIVATE KEY-----") +
               record(22, "stdout F after"),
           begin.states)
          .value();
  CHECK(begin.records.find(row) == std::string::npos);
  CHECK(end.records.find(row) == std::string::npos);
  CHECK(begin.records.find("stderr F of something else\n") != std::string::npos);
  CHECK(end.records.ends_with(record(22, "stdout F after")));
  const Masked again = mask(begin.records).value();
  CHECK(again.count.lines == 0);
  CHECK(mask(end.records, again.states).value().count.lines == 0);
}

TEST_CASE("MaskedSegment: as a file it gives the same bytes", "[ctl]") {
  std::string before;
  for (int line = 0; line < 20'000; ++line)
    before += record(line, "stdout F line " + std::to_string(line) +
                               (line % 100 == 0 ? " " + kAwsKey : std::string()));
  const Masked wanted = mask(before).value();
  CHECK(wanted.count.lines == 200);
  fakes::FakeFileSystem fs;
  fs.put("/log/s", before);
  const auto file = fs.open_directory("/log").value()->open_file("s", OpenMode::read).value();
  MaskedSegment masked(masker(), *file, {});
  std::string got;
  std::string part(100'000, ' ');
  while (const std::size_t bytes = masked.read_at(part.data(), part.size(), got.size()).value())
    got.append(part, 0, bytes);
  CHECK(got == wanted.records);
  CHECK(masked.read_at(part.data(), 1, 0).error().code == ErrorCode::invalid);
}

TEST_CASE("MaskedSegment: what is not a record is damage", "[ctl]") {
  for (const std::string bad : {"no record\n", "\n", "2026-11-21T22:17:00.0", "torn"}) {
    const auto masked = mask(record(1, "stdout F a") + bad);
    REQUIRE_FALSE(masked);
    CHECK(masked.error().code == ErrorCode::corrupt);
  }
  CHECK(mask("").value().records.empty());
}
