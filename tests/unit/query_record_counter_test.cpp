// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "query/record_counter.h"
#include "query_logs.h"
#include "store/event.h"

using namespace logd;
using namespace logd::tests;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

WallTime at(std::uint64_t tick) { return parse_time(time_of(tick)).value(); }

// A log of several segments, and what each of its records is.
struct Log {
  struct Made {
    std::uint64_t tick;
    char kind;  // 'o', 'e' or 'v' for an event
    std::size_t bytes;
  };
  Logs logs;
  std::vector<Made> made;
  std::uint64_t segments = 0;
  std::vector<std::uint64_t> runs;  // the ticks of their starts

  Log() = default;

  // Records of many sizes at times that grow, over some seconds; pieces of lines among them.
  Log(std::mt19937& random, std::uint64_t segment_count) : segments(segment_count) {
    const std::uint64_t records_a_segment = 1 + random() % 400;
    const std::uint64_t step = 1 + random() % (50 * kSecond / (segments * records_a_segment));
    std::uint64_t tick = 0;
    for (std::uint64_t segment = 1; segment <= segments; ++segment) {
      std::string bytes;
      for (std::uint64_t i = 0; i < records_a_segment; ++i) {
        tick += 1 + random() % step;
        bytes += make(random, tick);
      }
      logs.append("web", segment, bytes);
    }
  }

  std::string make(std::mt19937& random, std::uint64_t tick) {
    const char kind = "ooeeov"[random() % 6];
    const char tag = random() % 5 == 0 ? 'P' : 'F';
    std::string content(random() % 20'000, static_cast<char>('a' + random() % 26));
    const std::string bytes = kind == 'v'   ? event(tick, start_of_run(tick))
                              : kind == 'o' ? record(tick, Stream::out, tag, content)
                                            : record(tick, Stream::err, tag, content);
    made.push_back({tick, kind, bytes.size()});
    return bytes;
  }

  std::string start_of_run(std::uint64_t tick) {
    runs.push_back(tick);
    return started_event(runs.size(), 1, 0, "node");
  }

  bool is_in_run(std::uint64_t tick, const std::optional<std::int64_t>& run) const {
    if (!run) return true;
    const auto number = static_cast<std::size_t>(*run);
    return tick >= runs[number - 1] && (number == runs.size() || tick < runs[number]);
  }

  Counts expected(const RangeQuery& query, std::uint64_t from_tick = 0,
                  std::uint64_t to_tick = ~std::uint64_t{0}) const {
    Counts counts;
    for (const Made& one : made) {
      const bool is_in = one.tick >= from_tick && one.tick < to_tick &&
                         is_in_run(one.tick, query.run) &&
                         (!query.since || at(one.tick) >= moment_of(query.since)) &&
                         (!query.until || at(one.tick) < moment_of(query.until));
      if (!is_in) continue;
      ++(one.kind == 'v' ? counts.events : one.kind == 'o' ? counts.out : counts.err);
      counts.bytes += one.bytes;
      counts.add_time(at(one.tick));
    }
    return counts;
  }

  Counts count(const RangeQuery& query, CountsByTime& by_time) {
    const auto directory = logs.open("web");
    const LogName name = *parse_log_name("web");
    InflatePool pool(2);
    RecordCounter counter(find_range(name, *directory, query), query, by_time);
    return counter.count(*directory, DamageReport(name, logs.report), pool);
  }
};

std::string text(const Counts& counts) {
  const auto time = [](const std::optional<WallTime>& moment) {
    return moment ? std::to_string(moment->time_since_epoch().count()) : "-";
  };
  return fmt::format("{} out, {} err, {} events, {} bytes, {} to {}", counts.out, counts.err,
                     counts.events, counts.bytes, time(counts.first), time(counts.last));
}

RangeQuery random_range(std::mt19937& random, std::size_t runs) {
  RangeQuery query;
  if (random() % 2 == 0) query.since = at(random() % (30 * kSecond));
  const std::uint64_t begin = 1 + random() % (50 * kSecond);
  if (random() % 2 == 0)
    query.until = std::max(at(begin), moment_of(query.since).value_or(at(0)) + 1ns);
  if (runs > 0 && random() % 3 == 0) query.run = 1 + static_cast<std::int64_t>(random() % runs);
  return query;
}

}  // namespace

TEST_CASE("Records are counted alike from headers and by reading", "[query]") {
  std::mt19937 random(GENERATE(range(1, 25)));
  Log log(random, 1 + random() % 4);
  // Some segments become archives, the others stay.
  const auto archived = random() % 16;
  for (int pass = 0; pass < 2; ++pass) {
    for (int i = 0; i < 6; ++i) {
      const RangeQuery query = random_range(random, log.runs.size());
      const std::uint64_t seconds = std::vector<std::uint64_t>{1, 2, 5, 10, 60}[random() % 5];
      CAPTURE(pass, i, seconds, archived);
      CountsByTime by_time(TimeBuckets(std::chrono::seconds(seconds), TimeZone::utc()));
      CHECK(text(log.count(query, by_time)) == text(log.expected(query)));
      // time_of(0) is a whole minute.
      for (std::uint64_t begin = 0; begin < 60; begin += seconds) {
        const Counts wanted = log.expected(query, begin * kSecond, (begin + seconds) * kSecond);
        const auto found = by_time.counts().find(at(begin * kSecond));
        const bool is_there = found != by_time.counts().end();
        CHECK(text(is_there ? found->second : Counts()) == text(wanted));
      }
    }
    for (std::uint64_t segment = 1; pass == 0 && segment <= log.segments; ++segment) {
      if ((archived >> (segment - 1)) % 2 == 1) log.logs.archive("web", segment);
    }
  }
  CHECK(log.logs.damage.empty());
}

TEST_CASE("Members are read only where a range or a bucket ends in them", "[query]") {
  Log log;
  std::string bytes;
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    // Not the same over and over, or there would be little to read.
    bytes += out(i * kSecond / 1000, fmt::format("{:0>100}", i * 2'654'435'761 % 1'000'003));
  }
  log.logs.append("web", 1, bytes);
  const std::uint64_t size = log.logs.archive("web", 1).size();
  const std::uint64_t members = bytes.size() / kMemberTargetBytes + 1;
  REQUIRE(members > 10);
  const auto read_for = [&](const RangeQuery& query, std::chrono::seconds length) {
    CountsByTime by_time(length == 0s ? TimeBuckets() : TimeBuckets(length, TimeZone::utc()));
    log.logs.fs.clear_calls();
    CHECK(log.count(query, by_time).out > 0);
    return log.logs.bytes_read();
  };
  const std::uint64_t member = size / members;
  CHECK(read_for({}, 0s) < 3 * member);
  CHECK(read_for({}, 60s) < 3 * member);
  CHECK(read_for({}, 30s) < 4 * member);
  CHECK(read_for({}, 1s) > size - member);
  CHECK(read_for({at(20 * kSecond), at(40 * kSecond), {}}, 60s) < 8 * member);
}

TEST_CASE("A summary that is taken makes the end of the log known", "[query]") {
  struct Taker final : SummaryTaker {
    bool may_take(const RecordSummary&) override { return true; }
    bool take(Position, const ArchiveMember&) override { return true; }
  } taker;
  Logs logs;
  const std::string bytes = out(1, "one") + out(2, "two");
  logs.append("web", 1, bytes);
  logs.archive("web", 1);
  const auto directory = logs.open("web");
  BackwardLog log(*directory, logs.list("web"), 1000);
  log.set_summary_taker(taker);
  BackwardLog::Block block;
  CHECK_FALSE(log.previous(block));
  CHECK(log.end() == Position{1, bytes.size()});
}

TEST_CASE("What is no record is told and not counted", "[query]") {
  Log log;
  log.logs.append("web", 1, out(1, "one") + "rubbish\n" + out(2, "two"));
  CountsByTime by_time;
  const Counts counts = log.count({}, by_time);
  CHECK(counts.out == 2);
  CHECK(counts.bytes == out(1, "one").size() + out(2, "two").size());
  REQUIRE(log.logs.damage.size() == 1);
  CHECK(log.logs.damage[0].find("is not a record") != std::string::npos);
}
