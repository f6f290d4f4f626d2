// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "upkeep_testing.h"

namespace logd {

using namespace std::chrono_literals;

TEST_CASE("Upkeep: an active segment deleted by hand is not counted by retain", "[upkeep]") {
  Config config = quiet_config();
  config.defaults.retain = 3;
  UpkeepDaemon daemon(config);
  daemon.start();
  daemon.fill("web", 3);
  daemon.store("web", "line");
  daemon.settle();
  REQUIRE(daemon.segments("web") == "1.log 2.log 3.log 4.log");
  daemon.fs.remove(daemon.file("web", 4));
  daemon.clock.advance(2s);
  daemon.store("web", "line");
  daemon.settle();
  CHECK(daemon.segments("web") == "1.log 2.log 3.log 5.log");
}

TEST_CASE("Upkeep: an active segment deleted by hand is not counted by max_total_size",
          "[upkeep]") {
  Config config = quiet_config();
  config.defaults.max_total_size_bytes = 4096;
  UpkeepDaemon daemon(config);
  daemon.start();
  daemon.fill("web", 20);
  for (int i = 0; i < 25; ++i) daemon.store("web", "a line of some length");
  daemon.settle();
  const std::string before = daemon.segments("web");
  daemon.fs.remove(daemon.file("web", 21));
  daemon.clock.advance(2s);
  daemon.store("web", "line");
  daemon.settle();
  INFO(before);
  CHECK(daemon.segments("web").substr(0, 5) == before.substr(0, 5));
}

TEST_CASE("Upkeep: what the archiver holds goes at once when its segment does", "[upkeep]") {
  Config config = quiet_config();
  config.defaults.compress = true;
  UpkeepDaemon daemon(config);
  daemon.start();
  daemon.fill("web", 1);
  daemon.store("web", "line");
  REQUIRE(daemon.archiver.has_job());
  REQUIRE(daemon.segments("web") == "1.log 1.log.gz.tmp 2.log");
  bool is_done = false;
  REQUIRE(daemon.upkeep().make_room([&] { is_done = true; }));
  while (daemon.worker.run_one()) daemon.turn();
  REQUIRE(is_done);
  CHECK(daemon.segments("web") == "2.log");
}

TEST_CASE("Upkeep: a plain segment beside half an archive is not deleted at the start",
          "[upkeep]") {
  Config config = quiet_config();
  UpkeepDaemon daemon(config);
  daemon.start();
  daemon.fill("web", 2);
  daemon.settle();
  const std::string plain = daemon.file("web", 1);
  daemon.stop();
  daemon.fs.put(plain + ".gz", "\x1f\x8b\x08");  // somebody's gzip was cut short
  daemon.fs.restart();
  daemon.start();
  daemon.settle();
  CHECK(daemon.fs.exists(plain));
}

// A log that nobody writes into for now is closed; then its active segment is deleted by hand while
// the one before it becomes an archive.
TEST_CASE("Upkeep: a segment that becomes an archive takes no more records", "[upkeep]") {
  Config config = quiet_config();
  config.defaults.compress = true;
  UpkeepDaemon daemon(config);
  daemon.start();
  daemon.fill("web", 1);
  daemon.store("web", "second");
  OpenLog& log = daemon.log("web");
  daemon.table().release(log);
  REQUIRE(daemon.archiver.has_job());
  daemon.pass(6s);
  REQUIRE(daemon.table().find("web") == nullptr);
  daemon.fs.remove(daemon.file("web", 2));
  daemon.store("web", "third");
  INFO(daemon.segments("web"));
  CHECK(daemon.log("web").log->segment_number() == 3);
}

TEST_CASE("Upkeep: a line stored while the one before becomes an archive is not lost", "[upkeep]") {
  Config config = quiet_config();
  config.defaults.compress = true;
  UpkeepDaemon daemon(config);
  daemon.start();
  daemon.fill("web", 1);
  daemon.store("web", "second");
  daemon.table().release(daemon.log("web"));
  daemon.pass(6s);
  REQUIRE(daemon.table().find("web") == nullptr);
  daemon.fs.remove(daemon.file("web", 2));
  OpenLog& log = daemon.log("web");
  while (daemon.worker.run_one()) daemon.turn();
  REQUIRE(daemon.archiver.run());  // the archive is made; to be published by the worker
  daemon.turn();
  bool is_stored = false;
  daemon.fs.on_step = [&](std::string_view step) {
    if (is_stored || step.find("rename") == std::string_view::npos) return;
    is_stored = true;
    REQUIRE(log.log->append_event("third"));  // as the loop may while the worker syncs
  };
  daemon.settle();
  daemon.fs.on_step = nullptr;
  REQUIRE(is_stored);
  bool is_there = false;
  for (const std::string& name : daemon.fs.list("/log/web"))
    is_there |= name.ends_with(".log") && name != "current.log" &&
                daemon.fs.contents("/log/web/" + name).find("third") != std::string::npos;
  INFO(daemon.segments("web"));
  CHECK(is_there);
}

TEST_CASE("Upkeep: the live segment stays where a file of a higher number lies", "[upkeep]") {
  Config config = quiet_config();
  config.defaults.retain = 1;
  UpkeepDaemon daemon(config);
  daemon.start();
  daemon.fill("web", 1);
  daemon.store("web", "newest line");
  daemon.settle();
  const std::string live = daemon.file("web", 2);
  daemon.stop();
  daemon.fs.put("/log/web/0000000099-20200101T000000Z.log",
                "2020-01-01T00:00:00.000000000Z stdout F old\n");
  daemon.fs.put("/log/web/0000000098-20200101T000000Z.log",
                "2020-01-01T00:00:00.000000000Z stdout F old\n");
  daemon.fs.restart();
  daemon.start();
  daemon.settle();
  INFO(daemon.segments("web"));
  CHECK(daemon.fs.exists(live));
}

TEST_CASE("Upkeep: deletions that fail do not list the log once each", "[upkeep]") {
  Config config = quiet_config();
  config.defaults.retain = 1;
  UpkeepDaemon daemon(config);
  daemon.fs.make_directory("/log/web");
  for (int number = 1; number <= 100; ++number)
    daemon.fs.put("/log/web/0000000" + std::to_string(100 + number) + "-20261121T200000Z.log.gz",
                  "x");
  daemon.start();
  daemon.fs.set_read_only(true);
  daemon.fs.clear_calls();
  daemon.settle();
  CHECK(daemon.fs.count(fakes::Call::list) < 10);
}

TEST_CASE("Upkeep: a segment that has grown enough with its last line is rotated", "[upkeep]") {
  Config config = quiet_config();
  config.defaults.rotate_after = 2s;
  config.defaults.min_size_bytes = 1000;
  UpkeepDaemon daemon(config);
  daemon.start();
  daemon.store("web", "one");
  daemon.pass(3s);
  daemon.settle();
  REQUIRE(daemon.segments("web") == "1.log");
  daemon.store("web", std::string(2000, 'x'));
  daemon.pass(1s);
  daemon.settle();
  daemon.pass(1s);
  daemon.settle();
  CHECK(daemon.segments("web") == "1.log 2.log");
}

TEST_CASE("Upkeep: where all of log_dir was moved, everything goes on in another", "[upkeep]") {
  UpkeepDaemon daemon(quiet_config());
  daemon.start();
  const auto has = [&daemon](const std::string& log, const std::string& text) {
    std::string all;
    for (const std::string& name : daemon.fs.list("/log/" + log))
      if (parse_segment_name(name)) all += daemon.fs.contents("/log/" + log + "/" + name);
    return all.find(text) != std::string::npos;
  };
  daemon.store("web", "first");
  daemon.store("api", "first");
  daemon.fs.move("/log", "/old");
  daemon.pass(1s);
  daemon.store("web", "second");
  daemon.store("new", "first");
  CHECK(has("web", "the directory was deleted or moved by hand: goes on here"));
  CHECK(has("web", "second"));
  CHECK(has("new", "first"));
  CHECK_FALSE(daemon.fs.exists("/old/new"));
  daemon.store("api", "second");
  CHECK(has("api", "second"));

  daemon.fs.move("/log", "/older");
  daemon.pass(2s);
  daemon.store("web", "third");
  CHECK(has("web", "third"));
}

}  // namespace logd
