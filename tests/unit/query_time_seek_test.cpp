// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "query/time_seek.h"
#include "query_logs.h"

using namespace logd;
using namespace logd::tests;

namespace {

WallTime at(std::uint64_t tick) { return *parse_time(time_of(tick)); }

// Where a record stands and its tick.
struct Stored {
  std::uint64_t tick;
  Position position;
};

// Segments of all kinds with records of all sizes.
std::vector<Stored> make_log(Logs& logs, std::mt19937& random) {
  std::vector<Stored> stored;
  std::uint64_t tick = 1;
  const std::uint64_t segments = random() % 12;
  for (std::uint64_t segment = 1 + random() % 3; segment <= segments; ++segment) {
    std::string bytes;
    const auto records = random() % 4 == 0 ? 0 : random() % 300;
    for (unsigned i = 0; i < records; ++i) {
      tick += 1 + random() % 3;
      stored.push_back({tick, {segment, bytes.size()}});
      const std::size_t size = random() % 50 == 0 ? 60'000 : random() % 200;
      bytes += out(tick, std::string(size, 'x'));
      if (random() % 100 == 0) bytes += "by hand\n";
    }
    logs.append("web", segment, bytes);
    if (random() % 3 == 0) logs.archive("web", segment);
  }
  if (random() % 2 == 0) logs.append("web", segments + 1, "2026-11-21T22:17:59.9");
  return stored;
}

}  // namespace

TEST_CASE("find_time: the first record at or after it, whatever the segments are", "[query]") {
  for (unsigned seed = 0; seed < 120; ++seed) {
    std::mt19937 random(seed);
    Logs logs;
    logs.fs.make_directory("/log/web");
    const std::vector<Stored> stored = make_log(logs, random);
    const auto directory = logs.open("web");
    const auto segments = logs.list("web");
    const std::uint64_t last = stored.empty() ? 3 : stored.back().tick + 3;
    for (std::uint64_t tick = 0; tick <= last; tick += 1 + last / 60) {
      CAPTURE(seed, tick);
      const TimePlace place = find_time(*directory, segments, at(tick));
      const auto wanted = std::find_if(stored.begin(), stored.end(),
                                       [&](const Stored& one) { return one.tick >= tick; });
      CHECK(place.is_there == (wanted != stored.end()));
      LogReader reader = logs.reader("web", 4096);
      reader.seek(place.position, kNoLimit);
      RecordView record;
      REQUIRE(reader.next(record) == (wanted != stored.end()));
      if (wanted != stored.end()) CHECK(reader.position() == wanted->position);
    }
  }
}

TEST_CASE("find_time: reads a little of a large history", "[query]") {
  Logs logs;
  std::uint64_t tick = 0;
  for (std::uint64_t segment = 1; segment <= 100; ++segment) {
    std::string bytes;
    while (bytes.size() < 200'000) {
      ++tick;
      bytes += out(tick, std::string(50, static_cast<char>('a' + tick % 26)));
    }
    logs.append("web", segment, bytes);
    if (segment <= 60) logs.archive("web", segment);
  }
  const auto directory = logs.open("web");
  const auto segments = logs.list("web");
  for (const std::uint64_t wanted : {tick / 3, tick / 5 * 4}) {
    logs.fs.clear_calls();
    const TimePlace place = find_time(*directory, segments, at(wanted));
    CHECK(logs.bytes_read() < 150'000);
    LogReader reader = logs.reader("web");
    reader.seek(place.position, kNoLimit);
    RecordView record;
    REQUIRE(reader.next(record));
    CHECK(record.time_text() == time_of(wanted));
  }
  CHECK(oldest_time(*directory, segments) == at(1));
}

TEST_CASE("find_behind: goes on behind the record, also after a rewrite or a loss", "[query]") {
  Logs logs;
  logs.append("web", 1, out(1, "a") + out(2, "secret") + out(3, "c"));
  logs.append("web", 2, out(4, "d"));
  const auto next = [&](const RecordPlace& place) {
    LogReader reader = logs.reader("web");
    reader.seek(find_behind(*logs.open("web"), logs.list("web"), place), kNoLimit);
    RecordView record;
    return reader.next(record) ? std::string(record.content) : "nothing";
  };
  const RecordPlace second{{1, out(1, "a").size()}, at(2)};
  CHECK(next(second) == "c");
  CHECK(next({{2, 0}, at(4)}) == "nothing");
  CHECK(next({}) == "a");
  SECTION("archived") {
    logs.archive("web", 1);
    CHECK(next(second) == "c");
  }
  SECTION("written anew with other offsets") {
    logs.remove("web", 1);
    logs.append("web", 1, out(1, "aaaaaaaa") + out(2, "****") + out(3, "c"));
    CHECK(next(second) == "c");
    CHECK(next({{1, 7}, at(1)}) == "****");
  }
  SECTION("deleted") {
    logs.remove("web", 1);
    CHECK(next(second) == "d");
  }
}
