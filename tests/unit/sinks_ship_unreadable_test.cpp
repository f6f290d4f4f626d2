// Logs that cannot be read for a while, on their way to a destination.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>
#include <random>
#include <tuple>

#include "sinks/body_encoder.h"
#include "sinks_ship_world.h"

namespace logd::sinks_testing {
namespace {

using namespace std::chrono_literals;
using fakes::Call;

// With two logs, the first of several segments; archives are sent as any other.
struct Unreadable : World {
  Unreadable() {
    for (const std::uint64_t segment : {1, 2, 3}) write("web", segment, 5);
    write("app", 1, 5);
  }
  std::string segment(std::uint64_t number) const { return tests::Logs::path("web", number); }
  std::size_t of_web() const { return receiver.messages("web").size(); }
  bool is_in_order() const {
    const auto web = receiver.messages("web");
    const auto app = receiver.messages("app");
    return std::is_sorted(web.begin(), web.end()) && std::is_sorted(app.begin(), app.end());
  }
  bool tells_nothing() const {
    const ShipTotals totals = loop->status().totals;
    return receiver.messages("gap: ").empty() && totals.lost_records == 0 &&
           totals.lost_segments == 0;
  }
};

TEST_CASE("ShipLoop: what cannot be read waits, and the other logs go on", "[sinks]") {
  Unreadable world;
  world.logs.fs.deny(world.segment(2));
  world.start();
  world.run_for(100s);
  world.write("app", 1, 5);
  world.run_for(100s);
  CHECK(world.of_web() == 5);
  CHECK(world.receiver.messages("app").size() == 10);
  const DestinationStatus status = world.loop->status();
  CHECK(status.state == "ok");
  CHECK(status.reason.find("Permission denied") != std::string::npos);
  CHECK(status.oldest_unsent.has_value());
  CHECK(status.backlog_bytes > 0);
  world.logs.fs.allow(world.segment(2));
  CHECK(world.run_until_all(40s));
  CHECK(world.is_in_order());
  CHECK(world.tells_nothing());
  world.run_for(20s);
  CHECK(world.loop->status().reason.empty());
  CHECK_FALSE(world.loop->status().oldest_unsent.has_value());
}

TEST_CASE("ShipLoop: a batch that cannot be read again is not lost", "[sinks]") {
  Unreadable world;
  world.config.batch_records = 100;
  world.receiver.answers = [](const Seen&) { return status(503); };
  world.start();
  REQUIRE(world.run_until([&] { return world.receiver.seen.size() == 2; }));
  world.kill();
  world.logs.fs.deny(world.segment(2));
  world.receiver.answers = [](const Seen&) { return status(200); };
  world.start();
  world.run_for(100s);
  CHECK(world.of_web() == 5);
  CHECK(world.receiver.messages("app").size() == 5);
  world.logs.fs.allow(world.segment(2));
  CHECK(world.run_until_all(40s));
  CHECK(world.is_in_order());
  CHECK(world.tells_nothing());
}

TEST_CASE("ShipLoop: a replay of what cannot be read ends", "[sinks]") {
  Unreadable world;
  world.start();
  REQUIRE(world.run_until_all());
  world.logs.fs.deny(world.segment(2));
  world.loop->replay(LogChoice({}), WallTime(), WallTime::max());
  world.run_for(100s);
  CHECK(world.receiver.stored.size() >= world.all() + 10);
  world.write("web", 3, 5);
  world.write("app", 1, 5);
  CHECK(world.run_until_all());
  CHECK(world.tells_nothing());
}

// Calls that may fail for a moment, as for want of descriptors or memory.
TEST_CASE("ShipLoop: any call that fails once loses nothing", "[sinks]") {
  const std::string type = GENERATE("clickhouse", "s3");
  const auto [kind, error] = GENERATE(table<Call, int>({{Call::open_file, EMFILE},
                                                        {Call::open_directory, EMFILE},
                                                        {Call::list, EIO},
                                                        {Call::status, EIO},
                                                        {Call::read, EIO}}));
  int nth = 1;
  for (bool has_failed = true; has_failed; ++nth) {
    World world;
    world.config.type = type;
    world.config.bucket = "logs";
    int requests = 0;
    // Some go again, and are read again.
    world.receiver.answers = [&](const Seen&) { return status(++requests % 3 == 1 ? 503 : 200); };
    for (const std::uint64_t segment : {2, 3, 4}) world.write("web", segment, 5);
    world.write("app", 1, 5);
    for (const std::uint64_t segment : {2, 3}) world.logs.archive("web", segment);
    const bool can_start = kind != Call::open_directory;
    if (!can_start) world.start();
    const auto went = [&] {
      return type == "s3" ? world.receiver.objects.size() >= 2
                          : world.receiver.uids().size() >= world.all();
    };
    world.logs.fs.clear_calls();
    world.logs.fs.fail_call(kind, error, nth);
    if (can_start) world.start();
    INFO(type << ", call " << nth << " of kind " << static_cast<int>(kind));
    REQUIRE(world.run_until(went, 200s));
    has_failed = world.logs.fs.count(kind) >= static_cast<std::size_t>(nth);
    const ShipTotals totals = world.loop->status().totals;
    REQUIRE(totals.lost_segments == 0);
    REQUIRE(totals.lost_records == 0);
    REQUIRE(world.receiver.messages("gap: ").empty());
    const auto web = world.receiver.messages("web");
    REQUIRE(std::is_sorted(web.begin(), web.end()));
  }
  CHECK(nth > 4);
}

// So many calls of a kind fail, one after another, from the nth on.
void fail_calls(World& world, Call kind, int nth, int count) {
  for (int i = 0; i < count; ++i) world.logs.fs.fail_call(kind, EIO, nth + i);
}

bool has_all(const World& world) {
  const ShipTotals totals = world.loop->status().totals;
  return world.receiver.messages("web").size() == world.all() && totals.lost_records == 0 &&
         totals.lost_segments == 0 && world.receiver.messages("gap: ").empty();
}

TEST_CASE("ShipLoop: a place that cannot be found is no earlier one", "[sinks]") {
  const Call kind = GENERATE(Call::open_file, Call::read, Call::status);
  const int count = GENERATE(1, 2, 3);
  const bool is_late = GENERATE(false, true);  // the calls fail when a batch is made, or made again
  for (int nth = 1; nth < 25; ++nth) {
    World world;
    world.config.in_flight = 1;
    int requests = 0;
    world.write("web", 1, 10);
    world.receiver.answers = [&](const Seen&) { return status(++requests == 2 ? 503 : 200); };
    world.start();
    REQUIRE(world.run_until_all());
    world.run_for(40s);
    world.write("web", 1, 20);
    if (!is_late) fail_calls(world, kind, nth, count);
    REQUIRE(world.run_until([&] { return requests >= 2; }));
    world.kill();
    world.start();
    if (is_late) fail_calls(world, kind, nth, count);
    world.run_for(200s);
    INFO("call " << nth << " of kind " << static_cast<int>(kind) << ", " << count << " times");
    REQUIRE(has_all(world));
  }
}

TEST_CASE("ShipLoop: a gap is told although the listing fails", "[sinks]") {
  for (int nth = 1; nth < 10; ++nth) {
    World world;
    world.write("web", 1, 5);
    world.start();
    REQUIRE(world.run_until_all());
    world.run_for(1s);
    world.logs.remove("web", 1);
    world.write("web", 3, 5);
    world.logs.fs.fail_call(Call::list, EIO, nth);
    world.run_for(100s);
    INFO("call " << nth);
    CHECK(world.loop->status().totals.lost_segments == 1);
  }
}

TEST_CASE("ShipLoop: what is deleted while it is open is read on after an error", "[sinks]") {
  World world;
  world.config.in_flight = 1;
  for (int i = 0; i < 30; ++i)
    world.write_line("web", 1, fmt::format("web {:03}{}", i, std::string(10'000, 'x')));
  world.write("web", 2, 5);
  world.receiver.answers = [&](const Seen&) {
    if (world.receiver.seen.size() > 1) return status(200);
    world.logs.remove("web", 1);
    world.logs.fs.fail_call(Call::read, EIO);
    return status(200);
  };
  world.start();
  world.run_for(100s);
  CHECK(has_all(world));
}

TEST_CASE("ShipLoop: what cannot be read makes no other log be given up", "[sinks]") {
  World world;
  world.config.required = true;
  world.config.max_backlog_bytes = 20'000;
  for (std::uint64_t segment = 1; segment <= 5; ++segment) world.write("db", segment, 100);
  world.logs.fs.deny(tests::Logs::path("db", 1));
  world.start();
  world.run_for(5s);
  for (std::uint64_t segment = 1; segment <= 60; segment += 3) {
    for (std::uint64_t i = 0; i < 3; ++i) world.write("web", segment + i, 30);
    world.run_for(3s);
  }
  CHECK(world.receiver.messages("web").size() == 1800);
  CHECK(world.loop->status().totals.lost_segments == 0);
  CHECK(world.loop->status().backlog_bytes > 20'000);
}

TEST_CASE("ShipLoop: a call that fails once cuts no replay short", "[sinks]") {
  const Call kind = GENERATE(Call::open_file, Call::open_directory, Call::list, Call::read);
  for (int nth = 1; nth < 30; ++nth) {
    World world;
    world.write("web", 1, 30);
    world.start();
    REQUIRE(world.run_until_all());
    world.run_for(31s);
    world.loop->replay(LogChoice({}), WallTime(), WallTime::max());
    world.logs.fs.fail_call(kind, EMFILE, nth);
    world.run_for(100s);
    INFO("call " << nth << " of kind " << static_cast<int>(kind));
    CHECK(world.receiver.stored.size() >= 60);
  }
}

TEST_CASE("ShipLoop: an archive that has no room to be inflated waits", "[sinks]") {
  World world;
  for (const std::uint64_t segment : {1, 3}) world.write("web", segment, 5);
  // Of gzip(1): one member without our table.
  const auto bytes = BodyCompressor("gzip").compress(tests::out(100, "web foreign"));
  world.logs.fs.put(tests::Logs::path("web", 2, SegmentName::Form::archive), *bytes);
  ::setenv("TMPDIR", "/nonexistent", 1);
  world.start();
  world.run_for(100s);
  ::unsetenv("TMPDIR");
  CHECK(world.receiver.messages("web").size() == 5);
  CHECK(world.loop->status().reason.find("temporary file") != std::string::npos);
}

TEST_CASE("Archives: from the middle of a segment, no call that fails passes one over", "[sinks]") {
  const Call kind =
      GENERATE(Call::open_file, Call::read, Call::status, Call::list, Call::open_directory);
  const int count = GENERATE(1, 2);
  for (int nth = 1; nth < 40; ++nth) {
    World world;
    world.config.type = "s3";
    world.config.bucket = "logs";
    world.config.start = "now";
    world.compresses = false;
    world.write("web", 1, 5);
    world.start();
    world.run_for(1s);
    world.write("web", 1, 5);
    for (const std::uint64_t segment : {2, 3}) world.write("web", segment, 5);
    fail_calls(world, kind, nth, count);
    world.run_for(200s);
    INFO("call " << nth << " of kind " << static_cast<int>(kind) << ", " << count << " times");
    REQUIRE(world.receiver.objects.size() == 2);
  }
}

TEST_CASE("Archives: a dead letter that cannot be read stops nothing", "[sinks]") {
  World world;
  world.config.type = "s3";
  world.config.bucket = "logs";
  world.config.in_flight = GENERATE(1, 2);
  world.compresses = false;
  for (const std::uint64_t segment : {1, 2}) world.write("web", segment, 5);
  world.receiver.answers = [](const Seen&) {
    return status(400, "<Error><Code>EntityTooLarge</Code></Error>");
  };
  world.start();
  REQUIRE(world.run_until([&] { return world.dead_letters().size() == 1; }));
  world.logs.fs.deny(tests::Logs::path("web", 1));
  world.receiver.answers = [](const Seen&) { return status(200); };
  REQUIRE(world.loop->replay_dead_letters());
  world.run_for(5s);
  for (std::uint64_t segment = 1; segment <= 10; ++segment) world.write("app", segment, 5);
  CHECK(world.run_until([&] { return world.receiver.objects.size() == 9; }, 20s));
  CHECK(world.dead_letters().size() == 1);
}

// Stops `work` before each of its steps, then goes on with another program.
void stop_everywhere(const std::function<void(World&)>& prepare,
                     const std::function<void(World&)>& work,
                     const std::function<void(World&)>& check) {
  bool was_stopped = true;
  std::size_t stop = 0;
  for (; was_stopped; ++stop) {
    World world;
    prepare(world);
    fakes::Steps steps;
    world.logs.fs.on_step = steps.hook();
    steps.stop_at(stop);
    was_stopped = false;
    try {
      work(world);
    } catch (const fakes::StopHere&) {
      was_stopped = true;
    }
    world.kill();
    world.logs.fs.on_step = nullptr;
    world.start();
    INFO("stopped at step " << stop);
    check(world);
  }
  CHECK(stop > 5);
}

TEST_CASE("ShipLoop: a crash while a batch is set aside leaves nothing out", "[sinks]") {
  stop_everywhere(
      [](World& world) {
        world.config.batch_records = 100;
        for (const std::uint64_t segment : {1, 2, 3}) world.write("web", segment, 5);
        world.write("app", 1, 5);
        world.receiver.answers = [](const Seen&) { return status(503); };
        world.start();
        REQUIRE(world.run_until([&] { return world.receiver.seen.size() == 2; }));
        world.kill();
        world.logs.fs.deny(tests::Logs::path("web", 2));
        world.receiver.answers = [](const Seen&) { return status(200); };
      },
      [](World& world) {
        world.start();
        world.run_for(5s);
      },
      [](World& world) {
        world.run_for(5s);
        CHECK(world.receiver.messages("app").size() == 5);
        world.logs.fs.allow(tests::Logs::path("web", 2));
        CHECK(world.run_until_all(40s));
        CHECK(world.receiver.messages("gap: ").empty());
        CHECK(world.loop->status().totals.lost_records == 0);
      });
}

TEST_CASE("Archives: a crash while a dead letter is put back keeps it", "[sinks]") {
  const std::string path = tests::Logs::path("web", 1);
  stop_everywhere(
      [&](World& world) {
        world.config.type = "s3";
        world.config.bucket = "logs";
        world.compresses = false;
        for (const std::uint64_t segment : {1, 2}) world.write("web", segment, 5);
        world.receiver.answers = [](const Seen&) {
          return status(400, "<Error><Code>EntityTooLarge</Code></Error>");
        };
        world.start();
        REQUIRE(world.run_until([&] { return world.dead_letters().size() == 1; }));
        world.run_for(2s);
        world.logs.fs.deny(path);
        world.receiver.answers = [](const Seen&) { return status(200); };
      },
      [](World& world) {
        std::ignore = world.loop->replay_dead_letters();  // a stop goes through
        world.run_for(5s);
      },
      [&](World& world) {
        world.run_for(5s);
        CHECK(world.receiver.objects.empty());
        world.logs.fs.allow(path);
        REQUIRE(world.loop->replay_dead_letters());
        CHECK(world.run_until([&] { return world.receiver.objects.size() == 1; }, 40s));
      });
}

// Everything at once: calls that fail, files that are denied, kills, and a receiver that is busy,
// away, or takes one record at a time.
TEST_CASE("ShipLoop: of all that goes wrong for a while, nothing is lost", "[sinks]") {
  constexpr Call kKinds[] = {Call::open_file, Call::open_directory, Call::list, Call::status,
                             Call::read};
  for (unsigned seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const auto pick = [&](unsigned count) { return static_cast<unsigned>(random() % count); };
    World world;
    world.config.in_flight = 1 + pick(3);
    world.config.settle = pick(2) == 0 ? 0s : 5s;
    world.config.max_backoff = 2s;
    if (pick(3) == 0) world.config.max_rate = 50;
    bool is_calm = false;
    world.receiver.answers = [&](const Seen& request) {
      switch (is_calm ? 8 : pick(8)) {
        case 0:
          return status(503);
        case 1:
          return status(request.rows.size() > 1 ? 413 : 200);
        case 2:
          return unreachable();
        default:
          return status(200);
      }
    };
    std::map<std::string, unsigned> segments = {{"web", 1}, {"app", 1}};
    world.start();
    for (int step = 0; step < 25; ++step) {
      const std::string log = pick(2) == 0 ? "web" : "app";
      if (pick(3) == 0) ++segments[log];
      world.kill();
      world.write(log, segments[log], 1 + static_cast<int>(pick(12)));
      world.start();
      world.logs.fs.fail_call(kKinds[pick(5)], EMFILE, 1 + static_cast<int>(pick(40)));
      const std::string denied = tests::Logs::path(log, 1 + pick(segments[log]));
      const bool is_denied = pick(4) == 0 && world.logs.fs.exists(denied);
      if (is_denied) world.logs.fs.deny(denied);
      world.run_for(milliseconds(50 + pick(3000)));
      if (is_denied) world.logs.fs.allow(denied);
    }
    is_calm = true;
    world.kill();
    world.start();
    REQUIRE(world.run_until_all(200s));
    world.run_for(70s);
    const DestinationStatus status = world.loop->status();
    CHECK(status.reason.empty());
    CHECK_FALSE(status.oldest_unsent.has_value());
    CHECK(status.totals.lost_records + status.totals.lost_segments == 0);
    CHECK(world.receiver.messages("gap: ").empty());
    for (const char* const log : {"web", "app"}) {
      const auto messages = world.receiver.messages(log);
      CHECK(std::is_sorted(messages.begin(), messages.end()));
    }
  }
}

}  // namespace
}  // namespace logd::sinks_testing
