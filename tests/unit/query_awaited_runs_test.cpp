// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "query/awaited_runs.h"
#include "query_logs.h"

using namespace logd;
using namespace logd::tests;

namespace {

struct World : Logs {
  AwaitedRuns runs{true};

  void add(const std::string& log, bool is_cut_off = false) {
    const auto directory = open(log);
    BackwardLog records(*directory, list(log), 128);
    runs.add(runs_added++, *parse_log_name(log), records, is_cut_off);
  }
  bool take(std::size_t log, const std::string& text) {
    return runs.take_event(log, *parse_log_name("web"), text);
  }
  std::size_t runs_added = 0;
};

using Messages = std::vector<std::string>;

}  // namespace

TEST_CASE("AwaitedRuns: the newest run of each log, until its end is read", "[query]") {
  World world;
  world.append("api", 1, event(1, "started run 1: pid 1, uid 0, x") + out(2, "a"));
  world.append("api", 2, event(3, "exited run 1: pid 1, code 0"));
  world.append("web", 1, event(1, "started run 1: pid 1, uid 0, x"));
  world.append("web", 2, event(2, "started run 2: pid 1, uid 0, x") + out(3, "a"));
  world.append("web", 3, event(4, "exited run 1: pid 1, code 0"));
  world.archive("web", 2);
  world.add("api");
  CHECK(world.runs.are_over());
  world.add("web");
  CHECK_FALSE(world.runs.are_over());
  CHECK(world.runs.take_messages().empty());
  CHECK_FALSE(world.take(1, "exited run 1: pid 1, code 0"));
  CHECK_FALSE(world.take(0, "exited run 2: pid 1, code 0"));
  CHECK_FALSE(world.take(1, "started run 3: pid 1, uid 0, x"));
  CHECK(world.take(1, "exited run 2: pid 1, \x1b[2Jcode 0"));
  CHECK(world.runs.are_over());
  CHECK(world.runs.take_messages() == Messages{"web: exited run 2: pid 1, \\x1b[2Jcode 0"});
  CHECK(world.runs.take_messages().empty());
}

TEST_CASE("AwaitedRuns: says why it awaits none", "[query]") {
  World world;
  SECTION("it has ended") {
    world.append("api", 1, event(1, "started run 1: pid 1, uid 0, x"));
    world.append("api", 1, event(3, "exited run 1: pid 1, code 3"));
    world.add("api");
    CHECK(world.runs.take_messages() == Messages{"not running: api: exited run 1: pid 1, code 3"});
  }
  SECTION("it never had one") {
    world.append("api", 1, out(1, "through a FIFO"));
    world.add("api");
    CHECK(world.runs.take_messages() == Messages{"not running: api: no run was ever started"});
  }
  SECTION("there is no log") {
    CHECK(world.runs.take_messages() == Messages{"none of the processes is running"});
  }
  CHECK(world.runs.are_over());
  CHECK(world.runs.take_messages().empty());
}

TEST_CASE("AwaitedRuns: a start that is not kept any more", "[query]") {
  World world;
  world.append("api", 7, out(1, "a"));
  world.add("api", true);
  CHECK_FALSE(world.runs.are_over());
  CHECK(world.take(0, "exited run 12: pid 1, code 0"));
  world.append("web", 7, event(1, "exited run 3: pid 1, code 0"));
  world.add("web", true);
  CHECK(world.runs.are_over());
}
