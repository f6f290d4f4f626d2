// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "query/run_walk.h"
#include "query_logs.h"

using namespace logd;
using namespace logd::tests;

namespace {

std::string started(std::uint64_t tick, std::uint64_t run) {
  return event(tick, started_event(run, static_cast<std::int32_t>(100 + run), 7, "node"));
}
std::string exited(std::uint64_t tick, std::uint64_t run, std::int32_t code) {
  return event(tick, exited_event({run, static_cast<std::int32_t>(100 + run), code, 0, {}, {}}));
}
std::string killed(std::uint64_t tick, std::uint64_t run, std::int32_t signal) {
  return event(tick, exited_event({run, static_cast<std::int32_t>(100 + run), 0, signal, {}, {}}));
}

std::string tick_text(const std::optional<WallTime>& time) {
  for (std::uint64_t tick = 0; time && tick < 100; ++tick) {
    if (parse_time(time_of(tick)) == time) return std::to_string(tick);
  }
  return "?";
}

// "7 from 1 to 5: exited 3".
std::string text_of(const Run& run) {
  const std::string number = run.number ? std::to_string(*run.number) : "?";
  const std::string times = " from " + tick_text(run.started) + " to " + tick_text(run.ended);
  switch (run.end) {
    case Run::End::none:
      return number + times + ": running";
    case Run::End::exited:
      return number + times + ": exited " + std::to_string(run.code);
    case Run::End::killed:
      return number + times + ": killed " + std::to_string(run.signal);
    case Run::End::unknown:
      return number + times + ": unknown";
    case Run::End::lost:
      return number + times + ": lost by " + tick_text(run.gone_by);
  }
  return "";
}

struct World : Logs {
  std::vector<Run> walk(std::size_t most = 99) {
    const auto directory = open("web");
    BackwardLog records(*directory, list("web"), 64);
    records.tell(DamageReport(*parse_log_name("web"), report));
    RunWalk walk(std::move(records));
    std::vector<Run> runs;
    Run run;
    while (runs.size() < most && walk.previous(run)) runs.push_back(run);
    return runs;
  }

  std::vector<std::string> texts() {
    std::vector<std::string> texts;
    for (const Run& run : walk()) texts.push_back(text_of(run));
    return texts;
  }
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("RunWalk: every way in which a run ends, the newest first", "[query]") {
  World world;
  world.append("web", 1, started(1, 1) + out(2, "a") + exited(3, 1, 0));
  world.append("web", 2, started(4, 2) + err(5, "b") + exited(6, 2, 3));
  world.append("web", 3, started(7, 3) + killed(8, 3, 9));
  world.append("web", 3, started(9, 4) + event(10, exit_unknown_event(4)));
  world.append("web", 3, started(11, 5) + out(12, "c") + started(13, 6) + out(14, "d"));
  CHECK(world.texts() == Texts{"6 from 13 to ?: running", "5 from 11 to ?: lost by 13",
                               "4 from 9 to 10: unknown", "3 from 7 to 8: killed 9",
                               "2 from 4 to 6: exited 3", "1 from 1 to 3: exited 0"});
  const std::vector<Run> runs = world.walk();
  CHECK(runs[0].pid == 106);
  CHECK(runs[0].uid == 7u);
  CHECK(runs[0].command == "node");
  const std::vector<bool> failed = {false, true, true, true, true, false};
  for (std::size_t i = 0; i < runs.size(); ++i) CHECK(runs[i].has_failed() == failed[i]);
  CHECK(world.damage.empty());
}

TEST_CASE("RunWalk: a run's records stand between its places", "[query]") {
  World world;
  const std::string first = started(1, 1) + out(2, "a");
  world.append("web", 4, first + exited(3, 1, 0) + out(4, "of a descendant"));
  world.append("web", 5, started(5, 2) + out(6, "b"));
  world.append("web", 6, started(7, 3));
  const std::vector<Run> runs = world.walk();
  REQUIRE(runs.size() == 3);
  CHECK(runs[2].begin == Position{4, 0});
  CHECK(runs[2].behind == Position{4, first.size()});
  CHECK(runs[1].begin == Position{5, 0});
  CHECK(runs[1].behind == Position{6, 0});
  CHECK(runs[0].behind == kNoLimit);
}

TEST_CASE("RunWalk: of a run whose start is not kept any more", "[query]") {
  World world;
  SECTION("its end is kept") {
    world.append("web", 5, out(1, "a") + killed(2, 8, 15) + started(3, 9));
    CHECK(world.texts() == Texts{"9 from 3 to ?: running", "8 from ? to 2: killed 15"});
    CHECK(world.walk().back().pid == 108);
    CHECK(world.walk().back().begin == Position{});
  }
  SECTION("lines are kept") {
    world.append("web", 5, out(1, "a") + started(3, 9));
    CHECK(world.texts() == Texts{"9 from 3 to ?: running", "8 from ? to ?: lost by 3"});
  }
  SECTION("lines are all that is kept") {
    world.append("web", 5, event(1, flushed_event(0, 1, 2, 3)) + out(2, "a"));
    CHECK(world.texts() == Texts{"? from ? to ?: running"});
  }
  SECTION("nothing is kept") {
    world.append("web", 5, event(1, flushed_event(0, 1, 2, 3)) + started(3, 9));
    CHECK(world.texts() == Texts{"9 from 3 to ?: running"});
  }
  SECTION("there was none: those lines came before the first run") {
    world.append("web", 1, out(1, "from a FIFO") + started(3, 1));
    CHECK(world.texts() == Texts{"1 from 3 to ?: running"});
  }
  SECTION("a hole has taken it") {
    world.append("web", 1, started(1, 1) + exited(2, 1, 0));
    world.append("web", 3, out(5, "a") + exited(6, 2, 1) + started(7, 3));
    CHECK(world.texts() ==
          Texts{"3 from 7 to ?: running", "2 from ? to 6: exited 1", "1 from 1 to 2: exited 0"});
    CHECK(world.damage.size() == 1);
    // What is older is not taken for its own.
    CHECK(world.walk()[1].begin == Position{1, started(1, 1).size()});
  }
}

TEST_CASE("RunWalk: an empty log has no runs", "[query]") {
  World world;
  world.append("web", 1, "");
  CHECK(world.walk().empty());
}

TEST_CASE("RunWalk: merged instances overlap", "[query]") {
  World world;
  world.append("web", 1, started(1, 1) + started(2, 2) + exited(3, 1, 0) + started(4, 3));
  world.append("web", 2, exited(5, 3, 1) + exited(6, 2, 0));
  CHECK(world.texts() ==
        Texts{"3 from 4 to 5: exited 1", "2 from 2 to 6: exited 0", "1 from 1 to 3: exited 0"});
}

TEST_CASE("RunWalk: numbers that begin anew, and an end that was told twice", "[query]") {
  World world;
  world.append("web", 1, started(1, 7) + started(2, 1) + exited(3, 1, 4) + exited(5, 1, 4));
  CHECK(world.texts() == Texts{"1 from 2 to 3: exited 4", "7 from 1 to ?: lost by 2"});
}

TEST_CASE("RunWalk: what processes print is no event", "[query]") {
  World world;
  world.append("web", 1,
               started(1, 1) + out(2, "exited run 1: pid 101, code 1") +
                   err(3, "started run 2: pid 1, uid 1, x"));
  CHECK(world.texts() == Texts{"1 from 1 to ?: running"});
}

TEST_CASE("RunWalk: of archives only what holds events is read", "[query]") {
  World world;
  std::uint64_t bytes = 0;
  std::uint64_t tick = 1000;
  for (std::uint64_t run = 1; run <= 5; ++run) {
    std::string records = started(++tick, run);
    while (records.size() < 3'000'000) {
      ++tick;
      records += out(tick, std::to_string(tick * 2654435761) + std::to_string(tick * 40503));
    }
    world.append("web", run, records + exited(++tick, run, 0));
    bytes += world.archive("web", run).size();
  }
  world.fs.clear_calls();
  CHECK(world.walk().size() == 5);
  CHECK(world.bytes_read() < bytes * 2 / 3);
  world.fs.clear_calls();
  CHECK(world.walk(1).size() == 1);
  CHECK(world.bytes_read() < bytes / 5);
}
