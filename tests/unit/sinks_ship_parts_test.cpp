// The parts of a destination that need no loop: when it may send, what is settled, what it knows
// across a crash, and where refused records are kept.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "sinks/send_gate.h"
#include "sinks/settling.h"
#include "sinks_ship_world.h"

namespace logd::sinks_testing {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kNow{1h};

LogCursor cursor_at(std::uint64_t offset) {
  LogCursor cursor;
  cursor.last = {{1, offset}, WallTime(Nanoseconds(offset))};
  return cursor;
}

TEST_CASE("SendGate: opens one, two, four requests wide", "[sinks]") {
  SendGate gate({4, 60s}, 1);
  CHECK(gate.allowed(kNow) == 1);
  gate.on_success();
  CHECK(gate.allowed(kNow) == 2);
  gate.on_success();
  CHECK(gate.allowed(kNow) == 4);
  gate.on_success();
  CHECK(gate.allowed(kNow) == 4);
  gate.on_failure(kNow, std::nullopt);
  CHECK(gate.allowed(*gate.opens_at()) == 1);
  gate.on_success();
  CHECK(gate.allowed(kNow) == 1);
}

TEST_CASE("SendGate: backs off by a random time that doubles up to a limit", "[sinks]") {
  Nanoseconds longest{};
  Nanoseconds first_longest{};
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SendGate gate({4, 10s}, seed);
    MonoTime now = kNow;
    for (int i = 0; i < 12; ++i) {
      gate.on_failure(now, std::nullopt);
      const Nanoseconds pause = *gate.opens_at() - now;
      REQUIRE(pause <= std::min<Nanoseconds>(500ms * (1 << i), 10s));
      longest = std::max(longest, pause);
      if (i == 0) first_longest = std::max(first_longest, pause);
      now = *gate.opens_at();
    }
    CHECK(gate.failures() == 12);
  }
  CHECK(longest > 9s);
  CHECK(first_longest > 400ms);
}

TEST_CASE("SendGate: failures of requests that went together count once", "[sinks]") {
  SendGate gate({4, 60s}, 7);
  gate.on_failure(kNow, 5s);
  gate.on_failure(kNow, std::nullopt);
  gate.on_failure(kNow + 1ms, std::nullopt);
  CHECK(gate.failures() == 1);
  CHECK(*gate.opens_at() >= kNow + 5s);
  gate.on_failure(kNow + 2ms, 20s);
  CHECK(*gate.opens_at() >= kNow + 20s);
  CHECK(gate.allowed(kNow + 19s) == 0);
}

TEST_CASE("SendGate: holds for a minute at a time, unless it is told", "[sinks]") {
  SendGate gate({4, 60s}, 7);
  gate.hold(kNow);
  gate.hold(kNow + 30s);
  CHECK(*gate.opens_at() == kNow + 60s);
  CHECK(gate.allowed(kNow + 59s) == 0);
  CHECK(gate.allowed(kNow + 60s) == 1);
  gate.try_now();
  CHECK(gate.allowed(kNow + 1s) == 1);
  CHECK(gate.state() == SendGate::State::hold);
  gate.hold(kNow + 1s);
  CHECK(*gate.opens_at() == kNow + 61s);
}

TEST_CASE("Settling: what was acknowledged long enough ago", "[sinks]") {
  Settling settling;
  CHECK_FALSE(settling.due(30s));
  settling.add(kNow, cursor_at(1));
  settling.add(kNow + 400ms, cursor_at(2));
  settling.add(kNow + 2s, cursor_at(3));
  CHECK_FALSE(settling.take_settled(kNow + 29s, 30s));
  // The first two settle together, with the later of them.
  CHECK(*settling.due(30s) == kNow + 30s + 400ms);
  CHECK_FALSE(settling.take_settled(kNow + 30s, 30s));
  CHECK(*settling.take_settled(kNow + 31s, 30s) == cursor_at(2));
  CHECK_FALSE(settling.take_settled(kNow + 31s, 30s));
  CHECK(*settling.take_settled(kNow + 1h, 30s) == cursor_at(3));
  CHECK(settling.is_empty());
}

ShipState some_state() {
  ShipState state;
  LogCursor cursor = cursor_at(77);
  cursor.unended[1] = RecordPlace{{1, 5}, WallTime(5ns)};
  state.logs["web"] = {cursor, cursor_at(3), {}};
  state.logs["db@2"] = {cursor_at(9), cursor_at(9), Loss{1, 2, 3, "backlog"}};
  state.intended = {{4,
                     {{"web", cursor_at(77), cursor_at(99), 7, {}},
                      {"db@2", cursor_at(9), cursor_at(10), 1, Loss{0, 0, 1, "deleted"}}}}};
  state.next_batch = 5;
  state.settings = "abc";
  state.has_succeeded = true;
  state.totals = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  return state;
}

TEST_CASE("ShipState: its text says all of it", "[sinks]") {
  const ShipState state = some_state();
  CHECK(parse_ship_state(ship_state_text(state)).value() == state);
  CHECK(parse_ship_state(ship_state_text({})).value() == ShipState{});
}

TEST_CASE("ShipState: a damaged text is refused, whatever it is", "[sinks]") {
  const std::string text = ship_state_text(some_state());
  for (std::size_t length = 0; length + 2 < text.size(); ++length)
    REQUIRE_FALSE(parse_ship_state(std::string_view(text).substr(0, length)));
  std::size_t refused = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string damaged = text;
    damaged[i] = damaged[i] == 'x' ? 'y' : 'x';
    refused += parse_ship_state(damaged) ? 0 : 1;  // and none of them crashes
  }
  CHECK(refused > text.size() / 2);
  CHECK_FALSE(parse_ship_state("[]"));
  CHECK_FALSE(parse_ship_state(R"({"version":2})"));
  CHECK_FALSE(parse_ship_state(std::string(100'000, '[')));
}

TEST_CASE("ShipLoop: with a damaged state all goes again", "[sinks]") {
  World world;
  world.write("web", 1, 12);
  world.start();
  REQUIRE(world.run_until_all());
  world.run_for(3s);
  world.kill();
  world.logs.fs.put(std::string(World::kShipDir) + "/state", "{\"version\":1,");
  world.start();
  CHECK(world.run_until([&] { return world.receiver.stored.size() >= 24; }));
  CHECK(world.receiver.uids().size() == 12);
}

struct Dead {
  fakes::FakeFileSystem fs;
  std::unique_ptr<Directory> directory;
  Dead() {
    fs.make_directory("/d");
    directory = fs.open_directory("/d").value();
  }
  static std::vector<DeadLetter> letter(const std::string& message) {
    DeadLetter one;
    one.log = "web";
    one.uid = "h1/web/1";
    one.time = "2026-11-21T22:17:00.000000001";
    one.stream = "stdout";
    one.message = message;
    one.status = 400;
    one.answer = std::string(5000, 'a');
    return {one};
  }
};

TEST_CASE("DeadLetters: keep half of what is allowed, twice, and the newest", "[sinks]") {
  Dead world;
  const WallTime now = fakes::FakeClock::kStart;
  {
    DeadLetters dead(*world.directory, 20'000);
    for (int i = 0; i < 50; ++i) CHECK(dead.add(Dead::letter(std::to_string(i)), now));
    CHECK(dead.bytes() <= 20'000);
    CHECK(dead.bytes() > 10'000);
  }
  const std::string all = world.fs.contents("/d/dead.1") + world.fs.contents("/d/dead");
  std::istringstream lines(all);
  std::vector<int> numbers;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    numbers.push_back(std::stoi(json["message"].get<std::string>()));
    CHECK(json["answer"].get<std::string>().size() == 1024);
  }
  REQUIRE(numbers.size() > 5);
  for (std::size_t i = 1; i < numbers.size(); ++i) CHECK(numbers[i] == numbers[i - 1] + 1);
  CHECK(numbers.back() == 49);
  // One that begins anew knows what is there.
  CHECK(DeadLetters(*world.directory, 20'000).bytes() == all.size());
}

TEST_CASE("DeadLetters: a letter that did not fit leaves none in half", "[sinks]") {
  Dead world;
  DeadLetters dead(*world.directory, 1'000'000);
  const WallTime now = fakes::FakeClock::kStart;
  CHECK(dead.add(Dead::letter("one"), now));
  const std::string before = world.fs.contents("/d/dead");
  world.fs.fail_next_write({ENOSPC, 100});
  CHECK_FALSE(dead.add(Dead::letter("two"), now));
  CHECK(world.fs.contents("/d/dead") == before);
  CHECK(dead.add(Dead::letter("three"), now));
  CHECK(world.fs.contents("/d/dead").size() > before.size());
  std::istringstream lines(world.fs.contents("/d/dead"));
  for (std::string line; std::getline(lines, line);) CHECK(nlohmann::json::accept(line));
}

}  // namespace
}  // namespace logd::sinks_testing
