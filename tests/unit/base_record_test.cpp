// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <ctime>
#include <string>
#include <vector>

#include "base/civil_time.h"
#include "logd/record.h"

namespace logd {

// Stands in for the real Masker, the only maker of MaskedLines.
class Masker {
 public:
  static MaskedLine pass(std::string_view bytes, RecordTag tag) { return {bytes, tag}; }
};

}  // namespace logd

using namespace logd;

namespace {

constexpr std::int64_t kExampleSeconds = 1'795'299'420;  // 2026-11-21T22:17:00Z
WallTime at(std::int64_t seconds, std::int64_t nanoseconds = 0) {
  return WallTime(std::chrono::seconds(seconds)) + Nanoseconds(nanoseconds);
}

std::string encode_all(RecordEncoder& encoder, const std::vector<std::string>& lines,
                       RecordTag tag = RecordTag::full) {
  std::string text;
  for (const std::string& line : lines) {
    std::string record(kRecordHeaderBytes + line.size() + 1, '?');
    char* end = encoder.encode(record.data(), Masker::pass(line, tag));
    REQUIRE(end == record.data() + record.size());
    text += record;
  }
  return text;
}

}  // namespace

TEST_CASE("write_time: spells the time of the man page's example", "[base]") {
  CHECK(time_text(at(kExampleSeconds, 123'456'789)) == "2026-11-21T22:17:00.123456789");
}

TEST_CASE("write_time: agrees with the C library on every day of five centuries", "[base]") {
  for (std::int64_t day = -100'000; day < 100'000; ++day) {
    const std::time_t seconds = day * 86'400 + (day % 86'400 + 86'400) % 86'400;
    std::tm broken{};
    REQUIRE(gmtime_r(&seconds, &broken) != nullptr);
    char expected[32];
    REQUIRE(std::strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S.000000000", &broken) ==
            kTimeDigits);
    const std::string text = time_text(at(seconds));
    if (text != expected) FAIL_CHECK(text << " instead of " << expected);
    if (parse_time(text) != at(seconds)) FAIL_CHECK("parse_time of " << text);
  }
}

TEST_CASE("write_time: times before 1970 have whole fractions", "[base]") {
  CHECK(time_text(at(0, -1)) == "1969-12-31T23:59:59.999999999");
  CHECK(parse_time("1969-12-31T23:59:59.999999999") == at(0, -1));
}

TEST_CASE("parse_time: refuses what is no time", "[base]") {
  const std::string good = "2026-11-21T22:17:00.123456789";
  REQUIRE(parse_time(good));
  REQUIRE(parse_time("2024-02-29T00:00:00.000000000"));
  for (const char* bad : {"", "2026-11-21T22:17:00.12345678", "2026-11-21 22:17:00.123456789",
                          "2026-13-21T22:17:00.123456789", "2026-00-21T22:17:00.123456789",
                          "2026-02-29T22:17:00.123456789", "2026-11-31T22:17:00.123456789",
                          "2026-11-00T22:17:00.123456789", "2026-11-21T24:17:00.123456789",
                          "2026-11-21T22:60:00.123456789", "2026-11-21T22:17:60.123456789",
                          "1677-01-01T00:00:00.000000000", "2262-01-01T00:00:00.000000000",
                          "+026-11-21T22:17:00.123456789", "2026-11-21T22:17:00.12345678x",
                          "2026-11-21T22:17:00,123456789"}) {
    INFO(bad);
    CHECK_FALSE(parse_time(bad));
  }
  // Any single byte that is wrong is noticed.
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string spoilt = good;
    spoilt[i] = 'x';
    INFO(spoilt);
    CHECK_FALSE(parse_time(spoilt));
  }
}

TEST_CASE("RecordEncoder: writes the CRI line", "[base]") {
  RecordEncoder out(at(kExampleSeconds, 123'456'789), Stream::out);
  CHECK(encode_all(out, {"hello"}) == "2026-11-21T22:17:00.123456789Z stdout F hello\n");
  RecordEncoder err(at(kExampleSeconds), Stream::err);
  CHECK(encode_all(err, {""}, RecordTag::partial) == "2026-11-21T22:17:00.000000000Z stderr P \n");
}

TEST_CASE("RecordEncoder: the tag of one record does not stick to the next", "[base]") {
  RecordEncoder encoder(at(0), Stream::out);
  CHECK(encode_all(encoder, {"a"}, RecordTag::partial) ==
        "1970-01-01T00:00:00.000000000Z stdout P a\n");
  CHECK(encode_all(encoder, {"b"}) == "1970-01-01T00:00:00.000000001Z stdout F b\n");
}

TEST_CASE("RecordEncoder: each record is a nanosecond later, across every carry", "[base]") {
  for (const std::int64_t start :
       {std::int64_t{0}, std::int64_t{5}, std::int64_t{95}, std::int64_t{999'999'990},
        std::int64_t{999'999'899}, std::int64_t{99'999'995}}) {
    // The last second of a year, so that a carry may go all the way.
    const WallTime first = at(1'798'761'599, start);
    RecordEncoder encoder(first, Stream::out);
    CHECK(encoder.last_time() == first - Nanoseconds(1));
    for (int i = 0; i < 250; ++i) {
      const std::string record = encode_all(encoder, {"x"});
      const std::string expected = time_text(first + Nanoseconds(i)) + "Z stdout F x\n";
      if (record != expected) FAIL_CHECK(record << " instead of " << expected);
      if (encoder.last_time() != first + Nanoseconds(i)) FAIL_CHECK("last_time after " << record);
    }
  }
}

TEST_CASE("RecordEncoder: content goes through byte for byte", "[base]") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    if (byte != '\n') all += static_cast<char>(byte);
  }
  RecordEncoder encoder(at(kExampleSeconds), Stream::err);
  std::string record = encode_all(encoder, {all});
  record.pop_back();
  const auto parsed = parse_record(record);
  REQUIRE(parsed);
  CHECK(parsed->content == all);
  CHECK(parsed->stream == Stream::err);
  CHECK(parsed->tag == RecordTag::full);
  CHECK(parsed->type == RecordType::line);
  CHECK(parsed->time == at(kExampleSeconds));
}

TEST_CASE("encode_event: the same instant, spelled so that no process can forge it", "[base]") {
  const std::string event = encode_event(at(kExampleSeconds, 5), "started run 1");
  CHECK(event == "2026-11-21T22:17:00.000000005+00:00 stderr F started run 1\n");
  const auto parsed = parse_record(std::string_view(event).substr(0, event.size() - 1));
  REQUIRE(parsed);
  CHECK(parsed->type == RecordType::event);
  CHECK(parsed->time == at(kExampleSeconds, 5));
  CHECK(parsed->content == "started run 1");
}

TEST_CASE("parse_record: an empty line and a piece", "[base]") {
  auto parsed = parse_record("2026-11-21T22:17:00.123456789Z stdout F ");
  REQUIRE(parsed);
  CHECK(parsed->content.empty());
  parsed = parse_record("2026-11-21T22:17:00.123456789Z stdout P  x ");
  REQUIRE(parsed);
  CHECK(parsed->tag == RecordTag::partial);
  CHECK(parsed->content == " x ");
}

TEST_CASE("parse_record: refuses what is not ours", "[base]") {
  for (const char* bad :
       {"", "2026-11-21T22:17:00.123456789Z stdout F", "2026-11-21T22:17:00.123456789Z stdout X a",
        "2026-11-21T22:17:00.123456789Z stdin  F a", "2026-11-21T22:17:00.123456789Zstdout F aa",
        "2026-11-21T22:17:00.123456789Z  stdout F a", "2026-11-21T22:17:00.123456789Z stdout  F a",
        "2026-11-21T22:17:00.123456789Z stdout FPa",
        "2026-11-21T22:17:00.123456789+01:00 stderr F a",
        "2026-11-21T22:17:00.123456789+00:00 stdout F a",
        "2026-11-21T22:17:00.123456789+00:00 stderr P a",
        "2026-11-21T22:17:00.123456789+00:00 stderr",
        "2026-11-21T22:17:00.123456789+00:00 stderr F",
        "2026-99-21T22:17:00.123456789Z stdout F a"}) {
    INFO(bad);
    CHECK_FALSE(parse_record(bad));
  }
}

TEST_CASE("wall_from_civil: refuses dates that do not exist", "[base]") {
  CHECK(wall_from_civil({.year = 2000, .month = 2, .day = 29}));
  CHECK_FALSE(wall_from_civil({.year = 1900, .month = 2, .day = 29}));
  CHECK_FALSE(wall_from_civil({.year = 2026, .month = 4, .day = 31}));
  CHECK_FALSE(wall_from_civil({.year = 2026, .month = 1, .day = 0}));
}
