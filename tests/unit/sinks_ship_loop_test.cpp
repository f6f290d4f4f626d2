// What a destination's loop sends, when, and when it does not.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "base/posix_file_system.h"
#include "sinks_ship_world.h"

namespace logd::sinks_testing {
namespace {

using namespace std::chrono_literals;

void check_all_in_order(const World& world) {
  CHECK(world.receiver.uids().size() == world.all());
  for (const auto& [log, count] : world.written) {
    const auto messages = world.receiver.messages(log + " ");
    CHECK(messages.size() == count);
    CHECK(std::is_sorted(messages.begin(), messages.end()));
  }
}

TEST_CASE("ShipLoop: every record once, in batches, in the order of its log", "[sinks]") {
  World world;
  world.write("web", 1, 95);
  world.write("db", 1, 37);
  world.start();
  CHECK(world.run_until_all());
  check_all_in_order(world);
  CHECK(world.receiver.stored.size() == world.all());
  for (const Seen& request : world.receiver.seen) CHECK(request.rows.size() <= 10);
  CHECK(world.receiver.most_in_flight == 2);
  CHECK(world.dead_letters().empty());
}

TEST_CASE("ShipLoop: waits while there is nothing to do", "[sinks]") {
  World world;
  world.write("web", 1, 5);
  world.start();
  // The receiver fails the test if the loop comes again and again without waiting.
  CHECK(world.run_until_all());
  world.run_for(5min);
  CHECK(world.receiver.seen.size() == 1);
}

TEST_CASE("ShipLoop: waits in a real directory, where the kernel tells what is new", "[sinks]") {
  char path[] = "/tmp/logd-test-XXXXXX";
  REQUIRE(::mkdtemp(path));
  {
    PosixFileSystem file_system;
    World world;
    auto directory = file_system.open_directory(path).value();
    auto own = directory->open_directory(".ship", Create::yes).value();
    ShipLoop loop({file_system, world.clock, world.receiver}, "central", world.config, {}, path,
                  std::move(own));
    REQUIRE(loop.open());
    // The receiver fails the test if the loop comes again and again without waiting.
    for (int i = 0; i < 100; ++i) loop.turn(-1, 60s);
    CHECK(world.clock.mono_now() > MonoTime(1h) + 30min);
  }
  std::filesystem::remove_all(path);
}

TEST_CASE("ShipLoop: waits while the only attempt of a back-off is under way", "[sinks]") {
  World world;
  world.config.max_rate = 3;
  world.receiver.takes = 30s;
  world.receiver.answers = [](const Seen&) {
    HttpAnswer answer;
    answer.transport = HttpAnswer::Transport::timed_out;
    return answer;
  };
  world.write("web", 1, 50);
  world.start();
  world.run_for(1h);
  CHECK(world.receiver.seen.size() > 10);
  CHECK(world.receiver.stored.empty());
}

TEST_CASE("ShipLoop: an hour of outage, while segments rotate and are archived", "[sinks]") {
  World world;
  world.write("web", 1, 20);
  world.start();
  REQUIRE(world.run_until_all());
  bool is_away = true;
  world.receiver.answers = [&](const Seen&) { return is_away ? unreachable() : status(200); };
  const MonoTime began = world.clock.mono_now();
  const std::size_t before = world.receiver.seen.size();
  for (std::uint64_t segment = 2; segment < 62; ++segment) {
    world.write("web", segment, 7);
    world.write("db", segment, 3);
    if (segment > 3) world.logs.archive("web", segment - 1);
    world.run_for(1min);
  }
  std::vector<Nanoseconds> pauses;
  for (std::size_t i = before + 1; i < world.receiver.seen.size(); ++i)
    pauses.push_back(world.receiver.seen[i].at - world.receiver.seen[i - 1].at);
  REQUIRE(pauses.size() > 60);
  CHECK(*std::max_element(pauses.begin(), pauses.end()) <= world.config.max_backoff + 1s);
  CHECK(*std::max_element(pauses.begin(), pauses.end()) > 30s);
  // Far fewer than would be at half a second.
  CHECK(pauses.size() < 300);
  CHECK(world.clock.mono_now() - began >= 1h);
  is_away = false;
  CHECK(world.run_until_all(10min));
  check_all_in_order(world);
  CHECK(world.receiver.stored.size() == world.all());
}

TEST_CASE("ShipLoop: never comes before Retry-After", "[sinks]") {
  World world;
  world.config.max_backoff = 1s;
  int left = 4;
  world.receiver.answers = [&](const Seen&) {
    HttpAnswer answer = status(left-- > 0 ? 429 : 200);
    answer.retry_after = 20s;
    return answer;
  };
  world.write("web", 1, 5);
  world.start();
  CHECK(world.run_until_all(10min));
  REQUIRE(world.receiver.seen.size() == 5);
  for (std::size_t i = 1; i < 5; ++i) {
    CHECK(world.receiver.seen[i].at - world.receiver.seen[i - 1].at >= 20s);
    CHECK(world.receiver.seen[i].at - world.receiver.seen[i - 1].at < 23s);
  }
}

TEST_CASE("ShipLoop: holds, asks once a minute, and at once when credentials change", "[sinks]") {
  World world;
  bool is_right = false;
  world.receiver.answers = [&](const Seen&) { return status(is_right ? 200 : 401, "who?"); };
  world.write("web", 1, 30);
  world.write("db", 1, 30);
  world.start();
  world.run_for(10min);
  CHECK(world.loop->status().state == "hold");
  CHECK(world.receiver.seen.size() >= 9);
  CHECK(world.receiver.seen.size() <= 11);
  CHECK(world.dead_letters().empty());
  is_right = true;
  SECTION("by their files") {
    world.receiver.has_new_credentials = true;
    CHECK(world.run_until_all(3s));
  }
  SECTION("by an order") {
    world.loop->try_now();
    CHECK(world.run_until_all(3s));
  }
  SECTION("by itself") { CHECK(world.run_until_all(62s)); }
  check_all_in_order(world);
}

TEST_CASE("ShipLoop: comes back with one request, then two, then more", "[sinks]") {
  World world;
  world.config.in_flight = 4;
  world.config.batch_records = 1;
  for (const char* const log : {"a", "b", "c", "d", "e"}) world.write(log, 1, 4);
  bool is_away = true;
  world.receiver.answers = [&](const Seen&) { return is_away ? unreachable() : status(200); };
  world.start();
  world.run_for(1min);
  const std::size_t before = world.receiver.seen.size();
  is_away = false;
  CHECK(world.run_until_all(5min));
  std::vector<int> at_once{0};
  for (std::size_t i = before; i < world.receiver.seen.size(); ++i) {
    if (i > before && world.receiver.seen[i].at != world.receiver.seen[i - 1].at)
      at_once.push_back(0);
    ++at_once.back();
  }
  REQUIRE(at_once.size() > 3);
  CHECK(at_once[0] == 1);
  CHECK(at_once[1] <= 2);
  CHECK(*std::max_element(at_once.begin(), at_once.end()) > 2);
}

TEST_CASE("ShipLoop: what was deleted before it was sent is told", "[sinks]") {
  World world;
  bool is_away = true;
  world.receiver.answers = [&](const Seen&) { return is_away ? unreachable() : status(200); };
  world.write("web", 1, 5);
  world.start();
  world.run_for(10s);
  world.write("web", 2, 5);
  world.write("web", 3, 5);
  world.run_for(10s);
  world.logs.remove("web", 1);
  world.logs.remove("web", 2);
  is_away = false;
  CHECK(world.run_until([&] { return !world.receiver.messages("web 000015").empty(); }));
  const auto gaps = world.receiver.messages("gap: ");
  REQUIRE(!gaps.empty());
  CHECK(gaps[0].find("deleted") != std::string::npos);
}

TEST_CASE("ShipLoop: a rate is kept", "[sinks]") {
  World world;
  world.config.max_rate = 10;
  world.write("web", 1, 200);
  world.start();
  const MonoTime began = world.clock.mono_now();
  CHECK(world.run_until_all(60s));
  CHECK(world.clock.mono_now() - began >= 18s);
  CHECK(world.clock.mono_now() - began < 25s);
}

TEST_CASE("ShipLoop: goes on while its state cannot be written", "[sinks]") {
  World world;
  world.start();
  world.logs.fs.fail_all(fakes::Call::create_file, ENOSPC);
  world.write("web", 1, 50);
  CHECK(world.run_until_all());
  world.run_for(10s);
  CHECK(world.loop->status().state_errors > 3);
  world.logs.fs.fail_all(fakes::Call::create_file, 0);
  world.run_for(3s);
  CHECK(world.state().totals.records == 50);
  const auto errors = world.loop->status().state_errors;
  world.run_for(1min);
  CHECK(world.loop->status().state_errors == errors);
}

TEST_CASE("ShipLoop: a batch that goes again has the same token, and others have others",
          "[sinks]") {
  World world;
  world.config.deduplication_token = true;
  world.config.in_flight = 1;
  world.write("web", 1, 15);
  world.receiver.answers = [](const Seen&) { return status(503); };
  world.start();
  REQUIRE(world.run_until([&] { return world.receiver.seen.size() == 2; }));
  world.kill();
  world.receiver.answers = [](const Seen&) { return status(200); };
  world.start();
  REQUIRE(world.run_until_all());
  std::set<std::string> paths;
  for (const Seen& request : world.receiver.seen) paths.insert(request.path);
  CHECK(world.receiver.seen.size() == 4);
  CHECK(paths.size() == 2);
  CHECK(paths.begin()->find("&insert_deduplication_token=") != std::string::npos);
}

}  // namespace
}  // namespace logd::sinks_testing
