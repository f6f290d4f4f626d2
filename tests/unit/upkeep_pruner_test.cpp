// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "upkeep/pruner.h"
#include "upkeep_testing.h"

namespace logd {
namespace {

using namespace std::chrono_literals;

// Bytes of a segment that fill() closes.
std::uint64_t segment_bytes() {
  UpkeepDaemon daemon(quiet_config());
  daemon.start();
  daemon.fill("web", 1);
  return daemon.kept("web").closed.total_bytes();
}

std::string text_of(const std::vector<Pruner::Choice>& choices) {
  std::string text;
  for (const auto& choice : choices)
    text += choice.log + " " + std::to_string(choice.number) + " " +
            std::string(word_of(choice.reason)) + "\n";
  return text;
}

}  // namespace

TEST_CASE("Pruner: retain keeps so many closed segments, of its own log only", "[upkeep]") {
  Config config = quiet_config();
  config.processes["app"] = config.defaults;
  config.processes["app"].retain = 2;
  UpkeepDaemon daemon(config);
  daemon.start();
  for (const char* name : {"app", "myapp", "app-out", "app.1"}) daemon.fill(name, 4);
  daemon.settle();
  CHECK(daemon.segments("app") == "3.log 4.log 5.log");
  for (const char* name : {"myapp", "app-out", "app.1"})
    CHECK(daemon.segments(name) == "1.log 2.log 3.log 4.log 5.log");
  CHECK(daemon.upkeep().pruner().deleted(PruneReason::retain) == 2);
}

TEST_CASE("Pruner: no listing and no look at what stays, however much that is", "[upkeep]") {
  Config config = quiet_config();
  config.defaults.retain = 301;
  UpkeepDaemon daemon(config);
  daemon.start();
  std::vector<std::size_t> calls;
  for (const int more : {20, 278}) {
    daemon.fill("web", more);
    daemon.settle();
    daemon.fs.clear_calls();
    daemon.fill("web", 1);
    daemon.settle();
    calls.push_back(daemon.fs.calls().size());
    CHECK(daemon.fs.count(fakes::Call::list) == 0);
  }
  CHECK(calls[0] == calls[1]);
  daemon.fill("web", 2);
  daemon.settle();
  daemon.fs.clear_calls();
  daemon.fill("web", 1);  // and one goes
  daemon.settle();
  CHECK(daemon.fs.count(fakes::Call::list) == 0);
  CHECK(daemon.fs.calls().size() < calls[0] + 12);
}

TEST_CASE("Pruner: max_disk takes the oldest of all, by closing time", "[upkeep]") {
  Config config = quiet_config();
  config.max_disk_bytes = 4 * segment_bytes();
  UpkeepDaemon daemon(config);
  daemon.start();
  daemon.fill("b", 2);
  daemon.fill("a", 2);
  daemon.pass(2s);
  daemon.store("a", "line");
  daemon.pass(2s);
  daemon.store("a", "line");
  daemon.settle();
  CHECK(daemon.segments("b") == "2.log 3.log");
  CHECK(daemon.segments("a") == "1.log 2.log 3.log");
  CHECK(daemon.upkeep().pruner().deleted(PruneReason::max_disk) == 1);
}

TEST_CASE("Pruner: the plan is what happens", "[upkeep]") {
  Config config = quiet_config();
  config.processes["few"] = config.defaults;
  config.processes["few"].retain = 1;
  config.max_disk_bytes = 5 * segment_bytes();
  UpkeepDaemon daemon(config);
  daemon.start();
  daemon.upkeep().flush_begins(daemon.log("few"));  // so that nothing goes at once
  daemon.upkeep().flush_begins(daemon.log("many"));
  daemon.fill("few", 3);
  daemon.fill("many", 6);
  for (const char* name : {"few", "many"}) {
    KeptLog& kept = daemon.kept(name);
    daemon.upkeep().catalog().reload(kept);
    kept.is_flushing = false;
  }
  const std::string plan = text_of(daemon.upkeep().plan_prune());
  CHECK(plan == "few 1 retain\nfew 2 retain\nfew 3 max_disk\nmany 1 max_disk\n");
  daemon.upkeep().prune();
  daemon.settle();
  CHECK(daemon.segments("few") == "4.log");
  CHECK(daemon.segments("many") == "2.log 3.log 4.log 5.log 6.log 7.log");
  CHECK(text_of(daemon.upkeep().plan_prune()) == "");
}

TEST_CASE("Pruner: min_free counts what is about to go as free", "[upkeep]") {
  Config config = quiet_config();
  const std::uint64_t bytes = segment_bytes();
  config.min_free.bytes = 2 * bytes;
  UpkeepDaemon daemon(config);
  daemon.start();
  daemon.fill("web", 4);
  daemon.settle();
  daemon.fs.set_disk_limit(6 * bytes - bytes / 2);  // 1.5 are free, and 2 must be
  daemon.upkeep().prune();
  daemon.upkeep().prune();
  CHECK(daemon.worker.waiting() == 1);
  daemon.settle();
  CHECK(daemon.segments("web") == "2.log 3.log 4.log 5.log");
}

TEST_CASE("Pruner: room is made by the oldest segment that may go", "[upkeep]") {
  Config config = quiet_config();
  config.processes["old"] = config.defaults;
  config.processes["old"].on_disk_full = OnDiskFull::block;
  UpkeepDaemon daemon(config);
  daemon.start();
  daemon.fill("old", 1);
  daemon.fill("web", 1);
  int called = 0;
  CHECK(daemon.upkeep().make_room([&] { ++called; }));
  CHECK(called == 0);
  daemon.settle();
  CHECK(called == 1);
  CHECK(daemon.segments("web") == "2.log");
  CHECK(daemon.segments("old") == "1.log 2.log");
  CHECK_FALSE(daemon.upkeep().make_room([&] { ++called; }));
  CHECK(called == 1);
}

// `done` must come, or capture waits for ever.
TEST_CASE("Pruner: room is made although somebody has deleted by hand", "[upkeep]") {
  UpkeepDaemon daemon(quiet_config());
  daemon.start();
  daemon.fill("gone", 3);
  daemon.fill("half", 2);
  daemon.fill("web", 1);
  daemon.fs.remove("/log/gone");
  daemon.fs.remove(daemon.file("half", 1));
  // As capture does, which finds out whether there is room now.
  for (int done = 0; daemon.upkeep().pruner().deleted(PruneReason::disk_full) == 0;) {
    const int before = done;
    REQUIRE(daemon.upkeep().make_room([&] { ++done; }));
    daemon.settle();
    REQUIRE(done == before + 1);
  }
  CHECK(daemon.segments("half") == "3.log");
  CHECK(daemon.segments("web") == "1.log 2.log");
  CHECK(daemon.upkeep().pruner().deleted(PruneReason::disk_full) == 1);
}

// Those that stay would have to go for those that are gone.
TEST_CASE("Pruner: what somebody has deleted by hand does not count", "[upkeep]") {
  Config config = quiet_config();
  config.defaults.retain = 3;
  config.max_disk_bytes = 8 * segment_bytes();
  UpkeepDaemon daemon(config);
  daemon.start();
  daemon.fill("old", 3);
  daemon.fill("web", 3);
  daemon.settle();
  SECTION("of its own log") {
    daemon.fs.remove(daemon.file("web", 2));
    daemon.fs.remove(daemon.file("web", 3));
    daemon.fill("web", 1);
    daemon.settle();
    CHECK(daemon.segments("web") == "1.log 4.log 5.log");
  }
  SECTION("of another log") {
    for (std::uint64_t number : {1, 2, 3}) daemon.fs.remove(daemon.file("web", number));
    daemon.fill("api", 3);
    daemon.settle();
    CHECK(daemon.segments("old") == "1.log 2.log 3.log 4.log");
  }
  SECTION("in a plan") {
    for (std::uint64_t number : {2, 3}) daemon.fs.remove(daemon.file("web", number));
    CHECK(daemon.upkeep().plan_prune().empty());
    CHECK(daemon.kept("web").closed.size() == 1);
  }
}

TEST_CASE("Pruner: a full queue of the worker leaves the segment for later", "[upkeep]") {
  UpkeepDaemon daemon(quiet_config());
  daemon.start();
  daemon.fill("web", 2);
  daemon.worker.has_room = false;
  int done = 0;
  REQUIRE(daemon.upkeep().make_room([&] { ++done; }));
  daemon.settle();
  CHECK(done == 1);
  CHECK(daemon.segments("web") == "1.log 2.log 3.log");
  daemon.worker.has_room = true;
  daemon.pass(1s);
  REQUIRE(daemon.upkeep().make_room([&] { ++done; }));
  daemon.settle();
  CHECK(done == 2);
  CHECK(daemon.segments("web") == "2.log 3.log");
}

// `chattr +i`, for example.
TEST_CASE("Pruner: a segment that cannot be deleted holds up no other", "[upkeep]") {
  UpkeepDaemon daemon(quiet_config());
  daemon.start();
  daemon.fill("web", 3);
  daemon.settle();
  daemon.fs.fail_call(fakes::Call::remove, EPERM);
  REQUIRE(daemon.upkeep().make_room([] {}));
  daemon.settle();
  CHECK(daemon.segments("web") == "1.log 2.log 3.log 4.log");
  REQUIRE(daemon.upkeep().make_room([] {}));
  daemon.settle();
  CHECK(daemon.segments("web") == "1.log 3.log 4.log");
  CHECK(daemon.upkeep().pruner().deleted(PruneReason::disk_full) == 1);
  daemon.pass(1s);
  REQUIRE(daemon.upkeep().make_room([] {}));
  daemon.settle();
  CHECK(daemon.segments("web") == "3.log 4.log");
}

// A file system that was read-only for a while.
TEST_CASE("Pruner: what could not be deleted is tried again after a minute", "[upkeep]") {
  Config config = quiet_config();
  config.defaults.retain = 1;
  UpkeepDaemon daemon(config);
  daemon.start();
  daemon.fs.fail_all(fakes::Call::remove, EROFS);
  daemon.fill("web", 1);
  daemon.store("web", "line");
  REQUIRE(daemon.log("web").log->rotate());
  daemon.table().mark_written(daemon.log("web"));
  daemon.settle();
  daemon.fs.fail_all(fakes::Call::remove, 0);
  CHECK(daemon.kept("web").closed.size() == 2);
  CHECK(daemon.segments("web") == "1.log 2.log 3.log");
  daemon.pass(1min);
  daemon.settle();
  CHECK(daemon.segments("web") == "2.log 3.log");
}

TEST_CASE("Pruner: max_age goes by a clock that can be believed, also at the start", "[upkeep]") {
  Config config = quiet_config();
  config.defaults.max_age = 48h;
  UpkeepDaemon daemon(config);
  daemon.start();
  daemon.fill("web", 2);
  SECTION("time goes by, and nothing else happens") {
    daemon.pass(49h);
    daemon.settle();
    CHECK(daemon.segments("web") == "3.log");
  }
  SECTION("a clock that is ahead deletes nothing within an hour") {
    daemon.step_clock(24h * 365);
    daemon.pass(59min);
    daemon.settle();
    CHECK(daemon.segments("web") == "1.log 2.log 3.log");
    CHECK(daemon.rings < 100);
    daemon.step_clock(-24h * 365);
    daemon.pass(40h);
    daemon.settle();
    CHECK(daemon.segments("web") == "1.log 2.log 3.log");
  }
  SECTION("nor at the start") {
    daemon.stop();
    daemon.clock.step_wall(24h * 365);
    daemon.start();
    daemon.pass(59min);
    daemon.settle();
    CHECK(daemon.segments("web") == "1.log 2.log 3.log");
    daemon.pass(3min);
    daemon.settle();
    CHECK(daemon.segments("web") == "3.log");
  }
}

// A closed segment counts with its size before and after a start.
TEST_CASE("Pruner: bytes are sizes of files, whoever learns of them", "[upkeep]") {
  Config config = quiet_config();
  UpkeepDaemon daemon(config);
  daemon.start();
  daemon.fill("web", 3);
  daemon.store("web", "line");
  daemon.pass(2s);
  daemon.store("web", "line");
  daemon.pass(2s);
  daemon.store("web", "line");
  const std::uint64_t closed = daemon.kept("web").closed.total_bytes();
  daemon.stop();
  daemon.start();
  CHECK(daemon.kept("web").closed.total_bytes() == closed);
  CHECK(daemon.upkeep().catalog().total_bytes() == daemon.kept("web").bytes());
  CHECK(daemon.kept("web").active_bytes == daemon.fs.contents(daemon.file("web", 4)).size());
}

}  // namespace logd
