// Logs that cannot be read for a while, or are damaged, on their way to a destination.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

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

TEST_CASE("ShipLoop: what is damaged is left out, told and counted once", "[sinks]") {
  Unreadable world;
  world.logs.archive("web", 1);
  world.logs.archive("web", 2);
  const std::string path = tests::Logs::path("web", 2, SegmentName::Form::archive);
  std::string bytes = world.logs.fs.contents(path);
  for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 8; ++i) bytes[i] ^= '\x55';
  world.logs.fs.put(path, bytes);
  world.start();
  CHECK(world.run_until([&] { return !world.receiver.messages("web 000015").empty(); }));
  world.run_for(100s);
  CHECK(world.of_web() == 10);
  const auto gaps = world.receiver.messages("gap: ");
  REQUIRE(gaps.size() == 1);
  CHECK(gaps[0] == "gap: records of 1 segments, are not here: damaged");
  CHECK(world.loop->status().totals.lost_segments == 1);
  // Read once more, it is told no more than once.
  world.loop->rewind(LogChoice({}), WallTime());
  world.run_for(100s);
  CHECK(world.receiver.messages("gap: ").size() == 1);
  CHECK(world.loop->status().totals.lost_segments == 1);
}

}  // namespace
}  // namespace logd::sinks_testing
