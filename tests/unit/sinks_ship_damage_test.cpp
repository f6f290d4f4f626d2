// Damaged segments on their way to a destination: told where they are missing, and counted once.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "sinks_ship_world.h"

namespace logd::sinks_testing {
namespace {

using namespace std::chrono_literals;

constexpr const char* kOneDamaged = "gap: records of 1 segments, are not here: damaged";

struct Damaged : World {
  void write_segments(std::uint64_t last) {
    for (std::uint64_t segment = 1; segment <= last; ++segment) write("web", segment, 5);
  }
  // Its only member.
  void damage(std::uint64_t segment) {
    logs.archive("web", segment);
    const std::string path = tests::Logs::path("web", segment, SegmentName::Form::archive);
    std::string bytes = logs.fs.contents(path);
    for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 8; ++i) bytes[i] ^= '\x55';
    logs.fs.put(path, bytes);
  }
  std::uint64_t lost_segments() const { return loop->status().totals.lost_segments; }
  void check_tells(const std::vector<std::string>& gaps, std::uint64_t segments) const {
    CHECK(receiver.messages("gap: ") == gaps);
    CHECK(lost_segments() == segments);
  }
};

TEST_CASE("ShipLoop: what is damaged is left out, told and counted once", "[sinks]") {
  Damaged world;
  world.write_segments(3);
  world.logs.archive("web", 1);
  world.damage(2);
  world.start();
  CHECK(world.run_until([&] { return !world.receiver.messages("web 000015").empty(); }));
  world.run_for(100s);
  CHECK(world.receiver.messages("web").size() == 10);
  world.check_tells({kOneDamaged}, 1);
  // Read once more, it is told no more than once.
  world.loop->rewind(LogChoice({}), WallTime());
  world.run_for(100s);
  world.check_tells({kOneDamaged}, 1);
}

TEST_CASE("ShipLoop: damage behind a batch that is dropped is told", "[sinks]") {
  Damaged world;
  world.config.batch_records = 100;
  SECTION("by a rewind") {
    world.write_segments(3);
    world.damage(2);
    world.receiver.answers = [](const Seen&) { return status(503); };
    world.start();
    REQUIRE(world.run_until([&] { return world.receiver.seen.size() >= 2; }));
    world.loop->rewind(LogChoice({}), WallTime::max());
    SECTION("and a kill") {
      world.loop->save();
      world.kill();
      world.start();
    }
    world.receiver.answers = [](const Seen&) { return status(200); };
  }
  SECTION("by an absence") {
    world.config.settle = 30s;
    world.config.in_flight = 1;
    world.write("app", 1, 5);
    world.receiver.answers = [&](const Seen&) {
      return world.receiver.seen.size() == 2 ? unreachable() : status(200);
    };
    world.start();
    REQUIRE(world.run_until_all());
    world.write_segments(3);
    world.damage(2);
  }
  world.run_for(100s);
  world.check_tells({kOneDamaged}, 1);
}

TEST_CASE("ShipLoop: each damaged segment counts", "[sinks]") {
  Damaged world;
  world.write_segments(4);
  world.damage(2);
  world.damage(3);
  world.start();
  world.run_for(100s);
  world.check_tells({"gap: records of 2 segments, are not here: damaged"}, 2);
}

TEST_CASE("ShipLoop: a segment that was deleted is not damaged", "[sinks]") {
  Damaged world;
  world.write_segments(3);
  world.logs.remove("web", 2);
  world.start();
  world.run_for(100s);
  world.check_tells({"gap: records of 1 segments, are not here: deleted"}, 1);
}

TEST_CASE("ShipLoop: damage at the end is told by the next record", "[sinks]") {
  Damaged world;
  world.write_segments(3);
  world.damage(3);
  world.start();
  world.run_for(100s);
  world.check_tells({}, 0);
  if (GENERATE(false, true)) world.loop->rewind(LogChoice({}), WallTime());
  world.run_for(100s);
  world.write("web", 4, 5);
  world.run_for(100s);
  world.check_tells({kOneDamaged}, 1);
}

TEST_CASE("ShipLoop: damage before what is given up counts as well", "[sinks]") {
  Damaged world;
  world.config.required = true;
  world.config.batch_records = 100;
  world.write_segments(1);
  world.start();
  REQUIRE(world.run_until_all());
  world.run_for(2s);
  world.loop.reset();
  for (const std::uint64_t segment : {2, 3, 4, 5}) world.write("web", segment, 5);
  world.damage(2);
  world.damage(3);
  world.config.max_backlog_bytes = 100;
  world.receiver.answers = [](const Seen&) { return unreachable(); };
  world.start();
  world.run_for(30s);
  world.receiver.answers = [](const Seen&) { return status(200); };
  world.run_for(100s);
  world.check_tells({"gap: 5 records of 3 segments, 50 bytes, are not here: backlog"}, 3);
}

}  // namespace
}  // namespace logd::sinks_testing
