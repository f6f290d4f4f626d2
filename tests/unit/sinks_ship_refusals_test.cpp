// What a destination's loop does when the receiver refuses, takes a part, or comes back with less.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "sinks_ship_world.h"

namespace logd::sinks_testing {
namespace {

using namespace std::chrono_literals;

// 5 records that are taken, so that a 400 from now on is about records.
void succeed(World& world) {
  world.write("web", 1, 5);
  world.start();
  REQUIRE(world.run_until_all());
}

void check_rest_in_order(const World& world, std::size_t refused) {
  CHECK(world.receiver.uids().size() == world.all() - refused);
  for (const auto& [log, count] : world.written) {
    const auto messages = world.receiver.messages(log + " ");
    CHECK(std::is_sorted(messages.begin(), messages.end()));
  }
  CHECK(world.state().intended.empty());
}

TEST_CASE("ShipLoop: a record that is refused is the only dead letter", "[sinks]") {
  const int code = GENERATE(400, 422, 500, 503);
  const int place = GENERATE(0, 1, 6, 13);
  CAPTURE(code, place);
  World world;
  world.config.batch_records = 14;
  world.config.max_backoff = 2s;
  succeed(world);
  world.receiver.answers = [&](const Seen& request) {
    return status(request.contains("poison") ? code : 200, "refused");
  };
  for (int i = 0; i < 14; ++i)
    i == place ? world.write_line("web", 1, "poison") : world.write("web", 1, 1);
  world.write("web", 1, 6);
  world.write("db", 1, 3);
  CHECK(world.run_until([&] { return world.loop->status().totals.dead == 1; }, 5min));
  CHECK(world.run_until([&] { return world.receiver.uids().size() == world.all() - 1; }, 5min));
  world.run_for(2s);
  check_rest_in_order(world, 1);
  const auto letters = world.dead_letters();
  REQUIRE(letters.size() == 1);
  CHECK(letters[0]["message"] == "poison");
  CHECK(letters[0]["status"] == code);
  CHECK(letters[0]["log"] == "web");
  CHECK(world.receiver.stored.size() <= world.all());  // what tried whether others are taken
}

TEST_CASE("ShipLoop: a receiver that refuses everything is held, not emptied into", "[sinks]") {
  World world;
  succeed(world);
  world.receiver.answers = [](const Seen&) { return status(400, "no such tenant"); };
  world.write("web", 1, 300);
  world.run_for(5min);
  CHECK(world.loop->status().state == "hold");
  CHECK(world.loop->status().totals.dead < 30);
  world.receiver.answers = [](const Seen&) { return status(200); };
  CHECK(world.run_until([&] { return !world.loop->status().oldest_unsent; }, 5min));
  CHECK(world.receiver.uids().size() + world.loop->status().totals.dead == world.all());
}

TEST_CASE("ShipLoop: one that fails alone waits for another before it is blamed", "[sinks]") {
  World world;
  succeed(world);
  world.receiver.answers = [&](const Seen& request) {
    return status(request.contains("poison") ? 500 : 200);
  };
  world.write_line("web", 1, "poison");
  world.run_for(1h);
  CHECK(world.dead_letters().empty());
  SECTION("of the same log") { world.write("web", 1, 1); }
  SECTION("of another log") { world.write("db", 1, 1); }
  CHECK(world.run_until([&] { return world.receiver.uids().size() == world.all() - 1; }, 20min));
  world.run_for(2min);
  CHECK(world.dead_letters().size() == 1);
  check_rest_in_order(world, 1);
}

TEST_CASE("ShipLoop: what was too large once is not sent so again", "[sinks]") {
  World world;
  world.config.batch_records = 100'000;
  world.config.in_flight = 1;
  succeed(world);
  std::size_t too_large = 0;
  world.receiver.answers = [&](const Seen& request) {
    const bool is_large = request.rows.size() > 4000;
    too_large += is_large ? 1 : 0;
    return status(is_large ? 413 : 200);
  };
  world.write("web", 1, 100'000);
  CHECK(world.run_until_all(10min));
  world.run_for(2s);
  CHECK(too_large < 12);
  check_rest_in_order(world, 0);
}

TEST_CASE("ShipLoop: an outage blames no record, whenever it ends", "[sinks]") {
  const int code = GENERATE(500, 503);
  const std::size_t answered = GENERATE(range(3, 40));
  CAPTURE(code, answered);
  World world;
  world.config.batch_records = 4;
  world.config.in_flight = 3;
  world.config.max_backoff = 1s;
  succeed(world);
  const std::size_t before = world.receiver.seen.size();
  // One of those that were under way together is still taken.
  world.receiver.answers = [&](const Seen&) {
    const std::size_t number = world.receiver.seen.size() - before;
    return status(number == 2 || number > answered ? 200 : code);
  };
  world.write("web", 1, 9);
  world.write("db", 1, 1);
  world.write("cron", 1, 2);
  CHECK(world.run_until_all(10min));
  world.run_for(1min);
  CHECK(world.dead_letters().empty());
  CHECK(world.receiver.uids().size() == world.all());
}

TEST_CASE("ShipLoop: 400 before the first success holds", "[sinks]") {
  World world;
  bool is_wrong = true;
  world.receiver.answers = [&](const Seen&) { return status(is_wrong ? 400 : 200); };
  world.write("web", 1, 5);
  world.start();
  world.run_for(3min);
  CHECK(world.loop->status().state == "hold");
  is_wrong = false;
  CHECK(world.run_until_all(2min));
  SECTION("also after the settings have changed") {
    world.config.table = "others";
    world.start();
    is_wrong = true;
    world.write("web", 1, 5);
    world.run_for(3min);
    CHECK(world.loop->status().state == "hold");
  }
  SECTION("and not after a restart") {
    world.run_for(3s);
    world.kill();
    world.start();
    world.receiver.answers = [&](const Seen& request) {
      return status(request.contains("poison") ? 400 : 200);
    };
    world.write_line("web", 1, "poison");
    world.write("web", 1, 5);
    CHECK(world.run_until([&] { return world.receiver.uids().size() == world.all() - 1; }));
    CHECK(world.dead_letters().size() == 1);
  }
  CHECK(world.dead_letters().size() <= 1);
}

TEST_CASE("ShipLoop: too large is halved, then cut, then a dead letter", "[sinks]") {
  World world;
  std::size_t limit = 30'000;
  world.receiver.answers = [&](const Seen& request) {
    std::size_t bytes = 0;
    for (const Row& row : request.rows) bytes += row.message.size() + 100;
    return status(bytes > limit ? 413 : 200);
  };
  const std::string long_line(100'000, 'x');
  world.write("web", 1, 5);
  world.write_line("web", 1, long_line);
  world.write("web", 1, 20);
  SECTION("it fits when it is cut") {
    world.start();
    CHECK(world.run_until_all());
    const auto& stored = world.receiver.stored;
    const auto cut =
        std::find_if(stored.begin(), stored.end(), [](const Row& r) { return r.is_cut; });
    REQUIRE(cut != stored.end());
    CHECK(cut->message.size() > limit / 2 - 1000);
    CHECK(std::count_if(stored.begin(), stored.end(), [](const Row& r) { return r.is_cut; }) == 1);
    CHECK(world.dead_letters().empty());
    world.run_for(2s);
    check_rest_in_order(world, 0);
  }
  SECTION("it does not fit") {
    limit = 2'000;
    world.start();
    CHECK(world.run_until([&] { return world.receiver.uids().size() == world.all() - 1; }));
    REQUIRE(world.dead_letters().size() == 1);
    CHECK(world.dead_letters()[0]["message"] == long_line);
    world.run_for(2s);
    check_rest_in_order(world, 1);
  }
}

TEST_CASE("ShipLoop: of a bulk, what is busy goes again and what is refused is a dead letter",
          "[sinks]") {
  World world;
  world.config.type = "elasticsearch";
  world.config.index = "logs";
  int busy = 2;
  world.receiver.answers = [&](const Seen& request) {
    nlohmann::json items = nlohmann::json::array();
    bool has_errors = false;
    for (const Row& row : request.rows) {
      int code = row.message.find("poison") != std::string::npos ? 400 : 201;
      if (code == 201 && busy > 0 && row.message == "web 000003" && busy-- > 0) code = 429;
      has_errors |= code != 201;
      nlohmann::json done = {{"status", code}};
      if (code != 201) done["error"] = {{"type", "why"}, {"reason", "it is so"}};
      items.push_back({{"create", done}});
    }
    return status(200, nlohmann::json({{"errors", has_errors}, {"items", items}}).dump());
  };
  world.write("web", 1, 4);
  world.write_line("web", 1, "poison 1");
  world.write("web", 1, 2);
  world.write_line("db", 1, "poison 2");
  world.start();
  CHECK(world.run_until([&] { return world.loop->status().totals.dead == 2; }));
  world.run_for(2s);
  const auto letters = world.dead_letters();
  REQUIRE(letters.size() == 2);
  std::set<std::string> messages{letters[0]["message"], letters[1]["message"]};
  CHECK(messages == std::set<std::string>{"poison 1", "poison 2"});
  CHECK(letters[0]["reason"].get<std::string>().find("it is so") != std::string::npos);
  CHECK(world.receiver.seen.size() == 3);
}

// --- rewinds

TEST_CASE("ShipLoop: after an absence, what is not settled goes again", "[sinks]") {
  World world;
  world.config.settle = 30s;
  world.write("web", 1, 10);
  world.start();
  REQUIRE(world.run_until_all());
  world.run_for(40s);  // settles
  world.write("web", 1, 10);
  REQUIRE(world.run_until_all());
  const bool is_kept = GENERATE(true, false);
  if (!is_kept) world.receiver.stored.resize(10);
  bool is_away = true;
  world.receiver.answers = [&](const Seen&) { return is_away ? unreachable() : status(200); };
  world.write("web", 1, 5);
  world.run_for(5s);
  is_away = false;
  CHECK(world.run_until_all(5min));
  world.run_for(5s);
  check_rest_in_order(world, 0);
  CHECK(world.loop->status().totals.rewinds == 1);
  // Of what was settled, nothing.
  CHECK(world.receiver.stored.size() <= (is_kept ? 40 : 30));
}

TEST_CASE("ShipLoop: nothing settles while the receiver is away", "[sinks]") {
  World world;
  world.config.settle = 30s;
  world.write("web", 1, 10);
  world.start();
  REQUIRE(world.run_until_all());
  world.run_for(2s);
  // It dies, and is away for much longer than it takes to settle.
  world.receiver.stored.clear();
  bool is_away = true;
  const auto how = GENERATE(0, 502, 504);
  world.receiver.answers = [&](const Seen&) {
    return !is_away ? status(200) : how == 0 ? unreachable() : status(how);
  };
  world.write("web", 1, 1);
  world.run_for(1h);
  is_away = false;
  CHECK(world.run_until_all(5min));
  CHECK(world.loop->status().totals.rewinds == 1);
}

TEST_CASE("ShipLoop: what was acknowledged before a restart settles, too", "[sinks]") {
  World world;
  world.config.settle = 30s;
  world.write("web", 1, 10);
  world.start();
  REQUIRE(world.run_until_all());
  world.run_for(2s);
  world.kill();
  world.start();
  world.run_for(20s);
  CHECK_FALSE(world.state().logs["web"].settled == world.state().logs["web"].acked);
  world.run_for(15s);
  CHECK(world.state().logs["web"].settled == world.state().logs["web"].acked);
}

TEST_CASE("ShipLoop: with settle = 0 nothing goes twice", "[sinks]") {
  World world;
  world.write("web", 1, 10);
  world.start();
  REQUIRE(world.run_until_all());
  int left = 5;
  world.receiver.answers = [&](const Seen&) { return left-- > 0 ? unreachable() : status(200); };
  world.write("web", 1, 10);
  CHECK(world.run_until_all(5min));
  world.run_for(1min);
  CHECK(world.receiver.stored.size() == 20);
  CHECK(world.loop->status().totals.rewinds == 0);
}

TEST_CASE("ShipLoop: connections that break now and then do not keep it from going on", "[sinks]") {
  World world;
  world.config.settle = 30s;
  int number = 0;
  world.receiver.answers = [&](const Seen&) {
    HttpAnswer answer = status(200);
    if (++number % 3 == 0) answer.transport = HttpAnswer::Transport::broken;
    answer.is_new_connection = true;
    return answer;
  };
  for (int i = 0; i < 30; ++i) world.write("web", 1, 10);
  world.start();
  CHECK(world.run_until_all(10min));
  CHECK(world.run_until([&] { return world.loop->status().oldest_unsent == std::nullopt; }, 10min));
  world.run_for(2s);
  check_rest_in_order(world, 0);
  CHECK(world.receiver.stored.size() < 3 * world.all());
}

TEST_CASE("ShipLoop: rewound by hand, it sends what came since then", "[sinks]") {
  World world;
  world.write("web", 1, 10);
  world.start();
  REQUIRE(world.run_until_all());
  const WallTime since = *parse_time(tests::time_of(7));
  world.loop->rewind(LogChoice({}), since);
  CHECK(world.run_until([&] { return world.receiver.stored.size() >= 14; }));
  world.run_for(5s);
  CHECK(world.receiver.stored.size() == 14);
  CHECK(world.receiver.stored[10].message == "web 000007");
  CHECK(world.receiver.uids().size() == 10);
}

TEST_CASE("ShipLoop: dead letters that cannot be written keep the record", "[sinks]") {
  World world;
  succeed(world);
  world.receiver.answers = [&](const Seen& request) {
    return status(request.contains("poison") ? 400 : 200);
  };
  world.write_line("web", 1, "poison");
  world.write("web", 1, 3);
  world.logs.fs.fail_all(fakes::Call::create_file, ENOSPC);
  world.run_for(1min);
  CHECK(world.loop->status().totals.dead == 0);
  CHECK(world.loop->status().reason.find("dead letters") != std::string::npos);
  world.logs.fs.fail_all(fakes::Call::create_file, 0);
  CHECK(world.run_until([&] { return world.receiver.uids().size() == 8; }, 5min));
  CHECK(world.dead_letters().size() == 1);
}

}  // namespace
}  // namespace logd::sinks_testing
