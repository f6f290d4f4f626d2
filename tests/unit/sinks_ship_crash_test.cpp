// Stops a destination's loop after every single step of its work, and begins it anew.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "sinks_ship_world.h"

namespace logd::sinks_testing {
namespace {

using namespace std::chrono_literals;

// Of what came: one id is one record, and all that is intended is sent in the same batches again.
std::string problem_of(const World& world) {
  std::map<std::string, std::string> message_of;
  std::map<std::string, std::vector<std::string>> batch_of;
  for (const Seen& request : world.receiver.seen) {
    std::vector<std::string> uids;
    for (const Row& row : request.rows) uids.push_back(row.uid);
    for (const Row& row : request.rows) {
      if (!message_of.emplace(row.uid, row.message).second && message_of[row.uid] != row.message)
        return "two records are " + row.uid;
      if (!batch_of.emplace(row.uid, uids).second && batch_of[row.uid] != uids)
        return "another batch has " + row.uid;
    }
  }
  if (world.receiver.uids().size() != world.all()) return "some are missing";
  for (const auto& [log, count] : world.written) {
    const auto messages = world.receiver.messages(log + " ");
    if (!std::is_sorted(messages.begin(), messages.end())) return log + " is out of order";
  }
  return {};
}

// A refused request in the middle, two logs, and what is written while it runs.
void work(World& world) {
  if (world.written.empty()) {
    world.write("web", 1, 14);
    world.write("db", 1, 8);
  }
  world.start();
  world.run_until([&] { return world.receiver.uids().size() >= 22; }, 30s);
  if (world.written["web"] == 14) world.write("web", 2, 9);
  world.run_until_all(30s);
  world.run_for(2s);
}

void prepare(World& world, fakes::Steps& steps) {
  world.config.batch_records = 5;
  world.logs.fs.on_step = steps.hook();
  world.receiver.on_step = steps.hook();
  world.receiver.answers = [&world](const Seen&) {
    return status(world.receiver.seen.size() == 3 ? 503 : 200);
  };
}

TEST_CASE("ShipLoop: a crash between any two steps leaves nothing out", "[sinks]") {
  std::size_t count = 0;
  {
    World world;
    fakes::Steps steps;
    prepare(world, steps);
    work(world);
    count = steps.count();
    CHECK(problem_of(world).empty());
    CHECK(world.receiver.stored.size() == world.all());
  }
  REQUIRE(count > 50);
  for (std::size_t stop = 0; stop < count; ++stop) {
    World world;
    fakes::Steps steps;
    prepare(world, steps);
    steps.stop_at(stop);
    std::string where;
    try {
      work(world);
    } catch (const fakes::StopHere& here) {
      where = here.step;
    }
    world.kill();
    steps.restart();
    work(world);
    INFO("stopped at step " << stop << ": " << where);
    CHECK(problem_of(world).empty());
    // Those under way go twice, and no others.
    CHECK(world.receiver.stored.size() <= world.all() + 2 * 5);
    CHECK(world.state().intended.empty());
  }
}

TEST_CASE("ShipLoop: a power cut between any two steps leaves nothing out", "[sinks]") {
  for (std::size_t stop = 0; stop < 400; ++stop) {
    World world;
    fakes::Steps steps;
    prepare(world, steps);
    steps.stop_at(stop);
    bool was_stopped = false;
    try {
      work(world);
    } catch (const fakes::StopHere&) {
      was_stopped = true;
    }
    if (!was_stopped) break;
    world.kill();
    world.logs.fs.on_step = {};
    world.logs.fs.crash();
    // Segments are logd's to sync; here they count as synced.
    World after;
    steps.restart();
    prepare(after, steps);
    after.receiver.seen = world.receiver.seen;
    after.receiver.stored = world.receiver.stored;
    after.write("web", 1, 14);
    after.write("db", 1, 8);
    if (world.written["web"] > 14) after.write("web", 2, 9);
    const std::string path = std::string(World::kShipDir) + "/state";
    if (world.logs.fs.exists(path)) after.logs.fs.put(path, world.logs.fs.contents(path));
    work(after);
    INFO("stopped at step " << stop);
    CHECK(problem_of(after).empty());
  }
}

}  // namespace
}  // namespace logd::sinks_testing
