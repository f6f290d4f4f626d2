// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "store/age_clock.h"
#include "store/retention.h"

using namespace logd;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

constexpr RetentionPolicy kKeepAll{};

// Of a made-up epoch, far from 1970.
WallTime hour(int hours_on) { return WallTime(hours(500'000 + hours_on)); }
MonoTime mono(int hours_on) { return MonoTime(hours(7 + hours_on)); }

// Numbers from 1, one closed each hour from 1 on, each of 100 bytes.
SegmentIndex hourly(unsigned segments) {
  SegmentIndex index;
  for (unsigned i = 1; i <= segments; ++i) index.add({i, hour(static_cast<int>(i)), 100, false});
  return index;
}

std::string reasons(const std::vector<PrunedSegment>& gone) {
  std::string text;
  for (const PrunedSegment& segment : gone) {
    text += std::to_string(segment.number) + ":" + std::string(word_of(segment.reason)) + " ";
  }
  return text;
}

std::string expired_of(const SegmentIndex& closed, const RetentionPolicy& policy, WallTime now,
                       std::uint64_t active_bytes = 0) {
  const std::uint64_t newest = closed.is_empty() ? 0 : (closed.end() - 1)->number;
  return reasons(expired(closed, policy, {newest + 1, active_bytes}, now));
}

}  // namespace

TEST_CASE("expired: nothing goes without a limit, or within all of them", "[store]") {
  CHECK(expired_of(hourly(100), kKeepAll, hour(100'000)).empty());
  CHECK(expired_of(hourly(5), {5, 500, hours(4)}, hour(5)).empty());
  CHECK(expired_of({}, {0, 0, hours(0)}, hour(5), 1000).empty());
}

TEST_CASE("expired: retain counts closed segments", "[store]") {
  CHECK(expired_of(hourly(5), {3, {}, {}}, hour(5)) == "1:retain 2:retain ");
  CHECK(expired_of(hourly(2), {0, {}, {}}, hour(5)) == "1:retain 2:retain ");
}

TEST_CASE("expired: max_total_size counts the active segment, which never goes", "[store]") {
  const RetentionPolicy policy{{}, 300, {}};
  CHECK(expired_of(hourly(3), policy, hour(5), 0).empty());
  CHECK(expired_of(hourly(3), policy, hour(5), 1) == "1:max_total_size ");
  CHECK(expired_of(hourly(3), policy, hour(5), 9999) ==
        "1:max_total_size 2:max_total_size 3:max_total_size ");
  SegmentIndex archived = hourly(3);
  archived.replace_by_archive(1, 20);
  CHECK(expired_of(archived, policy, hour(5), 80).empty());
  CHECK(expired_of(archived, policy, hour(5), 100) == "1:max_total_size ");
  CHECK(expired_of(archived, policy, hour(5), 101) == "1:max_total_size 2:max_total_size ");
}

TEST_CASE("expired: max_age is counted from the closing time", "[store]") {
  const RetentionPolicy policy{{}, {}, hours(2)};
  CHECK(expired_of(hourly(5), policy, hour(4)) == "1:max_age ");
  CHECK(expired_of(hourly(5), policy, hour(3)).empty());
  CHECK(expired_of(hourly(5), policy, hour(100)) ==
        "1:max_age 2:max_age 3:max_age 4:max_age 5:max_age ");
}

TEST_CASE("expired: each segment is told its first reason", "[store]") {
  const auto gone = expired(hourly(4), {3, 260, hours(1)}, {5, 60}, hour(5));
  CHECK(reasons(gone) == "1:retain 2:max_total_size 3:max_age ");
  REQUIRE(gone.size() == 3);
  CHECK(gone[0].text == "retain = 3, and there were 4");
  CHECK(gone[1].text == "max_total_size = 260B, and there were 360B");
  CHECK(gone[2].text == "max_age = 1h, and it was 2h old");
  CHECK(gone[0].bytes == 100);
}

TEST_CASE("expired: the active segment and what is above it never go", "[store]") {
  CHECK(reasons(expired(hourly(5), {0, 0, hours(0)}, {3, 100}, hour(99))) == "1:retain 2:retain ");
}

TEST_CASE("expired: order is by number when the clock steps back an hour", "[store]") {
  SegmentIndex index = hourly(3);
  index.add({4, hour(2), 100, false});
  index.add({5, hour(3), 100, false});
  // The newest ones look old by what the clock said, and stay.
  CHECK(expired_of(index, {3, {}, {}}, hour(3)) == "1:retain 2:retain ");
  CHECK(expired_of(index, {{}, {}, hours(2)}, hour(4)) == "1:max_age ");
  CHECK(expired_of(index, {{}, {}, hours(2)}, hour(5)) == "1:max_age 2:max_age ");
}

TEST_CASE("expired: a clock that is behind makes nothing old", "[store]") {
  const RetentionPolicy policy{{}, {}, hours(2)};
  CHECK(expired_of(hourly(5), policy, hour(-100'000)).empty());
  CHECK(expired_of(hourly(5), {2, {}, hours(2)}, hour(-9)) == "1:retain 2:retain 3:retain ");
}

TEST_CASE("expired: segments from the future are young, and the ones behind them", "[store]") {
  SegmentIndex index = hourly(2);
  index.add({3, hour(1'000), 100, false});  // the clock was ahead for a while
  index.add({4, hour(4), 100, false});
  index.add({5, hour(5), 100, false});
  const RetentionPolicy policy{{}, {}, hours(2)};
  CHECK(expired_of(index, policy, hour(50)) == "1:max_age 2:max_age ");
  CHECK(expired_of(index, policy, hour(1'003)) ==
        "1:max_age 2:max_age 3:max_age 4:max_age 5:max_age ");
  // The other limits hold meanwhile.
  CHECK(expired_of(index, {1, {}, hours(2)}, hour(4)) == "1:retain 2:retain 3:retain 4:retain ");
}

TEST_CASE("AgeClock: follows a clock that goes its way", "[store]") {
  AgeClock clock(hour(0));
  for (int i = 0; i < 100; ++i) CHECK(clock.now(hour(i), mono(i)) == hour(i));
  // Adjusted a little.
  CHECK(clock.now(hour(100) + minutes(1), mono(100)) == hour(100) + minutes(1));
  CHECK(clock.now(hour(101) - minutes(1), mono(101)) == hour(101) - minutes(1));
}

TEST_CASE("AgeClock: a step back counts at once", "[store]") {
  AgeClock clock(hour(0));
  CHECK(clock.now(hour(0), mono(0)) == hour(0));
  CHECK(clock.now(hour(-1), mono(0)) == hour(-1));
  // And back again: an hour ahead of what is believed, on trial.
  CHECK(clock.now(hour(0), mono(0)) == hour(-1));
  CHECK(clock.now(hour(1), mono(1)) == hour(1));
}

TEST_CASE("AgeClock: a jump ahead counts when it has lasted", "[store]") {
  AgeClock clock(hour(0));
  CHECK(clock.now(hour(0), mono(0)) == hour(0));
  CHECK(clock.now(hour(24), mono(0)) == hour(0));
  CHECK(clock.now(hour(24) + minutes(59), mono(0) + minutes(59)) == hour(0) + minutes(59));
  SECTION("it lasts") { CHECK(clock.now(hour(25), mono(1)) == hour(25)); }
  SECTION("it was a mistake") {
    CHECK(clock.now(hour(1), mono(1)) == hour(1));
    CHECK(clock.now(hour(26), mono(2)) == hour(2));
  }
}

TEST_CASE("AgeClock: a start long after the newest segment is a jump, too", "[store]") {
  AgeClock clock(hour(0));
  CHECK(clock.now(hour(240), mono(0)) == hour(0));
  CHECK(clock.now(hour(241), mono(1)) == hour(241));
  CHECK(AgeClock(std::nullopt).now(hour(240), mono(0)) == hour(240));
  // A clock that was ahead when the newest was closed.
  CHECK(AgeClock(hour(500)).now(hour(240), mono(0)) == hour(240));
}

TEST_CASE("expired: a clock a day ahead for a while deletes nothing", "[store]") {
  const SegmentIndex index = hourly(10);
  const RetentionPolicy policy{{}, {}, hours(12)};
  AgeClock clock(hour(10));
  CHECK(expired_of(index, policy, clock.now(hour(10), mono(10))).empty());
  CHECK(expired_of(index, policy, clock.now(hour(34), mono(10))).empty());
  CHECK(expired_of(index, policy, clock.now(hour(10), mono(10))).empty());
  CHECK(expired_of(index, policy, clock.now(hour(14), mono(14))) == "1:max_age ");
}

namespace {

struct Log {
  std::string name;
  SegmentIndex closed;
  std::uint64_t active_number;
  bool is_touchable = true;
};

std::string chosen(const std::vector<Log>& logs, std::uint64_t bytes) {
  std::vector<PrunableLog> all;
  for (const Log& log : logs) {
    all.push_back({log.name, &log.closed, log.active_number, log.is_touchable});
  }
  std::string text;
  for (const PruneChoice& choice : oldest_closed(all, bytes)) {
    text += logs[choice.log].name + ":" + std::to_string(choice.number) + " ";
  }
  return text;
}

SegmentIndex closed_at(const std::vector<int>& hours_on) {
  SegmentIndex index;
  for (std::size_t i = 0; i < hours_on.size(); ++i) {
    index.add({i + 1, hour(hours_on[i]), 100, i % 2 == 0});
  }
  return index;
}

}  // namespace

TEST_CASE("oldest_closed: oldest first over all logs, names break ties", "[store]") {
  const std::vector<Log> logs = {{"myapp", closed_at({1, 4, 7}), 4},
                                 {"app", closed_at({1, 2, 9}), 4},
                                 {"app.1", closed_at({3}), 2},
                                 {"app-out", {}, 1}};
  CHECK(chosen(logs, 0).empty());
  CHECK(chosen(logs, 1) == "app:1 ");
  CHECK(chosen(logs, 100) == "app:1 ");
  CHECK(chosen(logs, 101) == "app:1 myapp:1 ");
  CHECK(chosen(logs, 450) == "app:1 myapp:1 app:2 app.1:1 myapp:2 ");
  CHECK(chosen(logs, 1'000'000) == "app:1 myapp:1 app:2 app.1:1 myapp:2 myapp:3 app:3 ");
}

TEST_CASE("oldest_closed: leaves active segments and untouchable logs alone", "[store]") {
  std::vector<Log> logs = {{"a", closed_at({1, 2, 3}), 3}, {"b", closed_at({1, 1, 1}), 4}};
  logs[1].is_touchable = false;
  CHECK(chosen(logs, 1'000'000) == "a:1 a:2 ");
}

TEST_CASE("oldest_closed: of each log by number, whatever the clock said", "[store]") {
  const std::vector<Log> logs = {{"a", closed_at({5, 1, 2}), 4}, {"b", closed_at({3, 6}), 3}};
  CHECK(chosen(logs, 1'000'000) == "b:1 a:1 a:2 a:3 b:2 ");
}

TEST_CASE("retention: many old segments cost nothing while they stay", "[store]") {
  SegmentIndex index = hourly(200'000);
  const RetentionPolicy policy{200'000, 20'000'000, hours(1'000'000)};
  const auto begin = std::chrono::steady_clock::now();
  for (unsigned i = 1; i <= 20'000; ++i) {
    // A rotation: one more, one archived, one gone.
    index.add({200'000 + i, hour(static_cast<int>(200'000 + i)), 100, false});
    CHECK(index.replace_by_archive(200'000 + i - 1, 100));
    const auto gone = expired(index, policy, {200'001 + i, 0}, hour(200'000));
    REQUIRE(gone.size() == 1);
    REQUIRE(gone[0].number == i);
    CHECK(index.remove(i));
  }
  // A look at all of them would take 4,000,000,000 steps.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
}

TEST_CASE("retention: any steps of the clock, the rest is always the newest", "[store]") {
  std::mt19937 random(42);
  for (int round = 0; round < 300; ++round) {
    SegmentIndex index;
    int clock = 100;
    for (unsigned i = 1; i <= 40; ++i) {
      clock += static_cast<int>(random() % 9) == 0 ? static_cast<int>(random() % 200) - 100 : 1;
      index.add({i, hour(clock), random() % 1000, random() % 2 == 0});
    }
    const RetentionPolicy policy{random() % 50, random() % 25'000, hours(random() % 200)};
    const std::uint64_t active_bytes = random() % 1000;
    const WallTime now = hour(clock);
    const auto gone = expired(index, policy, {41, active_bytes}, now);
    for (std::size_t i = 0; i < gone.size(); ++i) CHECK(gone[i].number == i + 1);
    for (const PrunedSegment& segment : gone) CHECK(index.remove(segment.number));
    // Within the limits now, and with the last one it was not.
    CHECK(expired(index, policy, {41, active_bytes}, now).empty());
    CHECK(index.size() <= *policy.retain);
    CHECK((index.is_empty() || index.total_bytes() + active_bytes <= *policy.max_total_size_bytes));
  }
}
