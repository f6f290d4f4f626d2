// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "store/archive_rewriting.h"
#include "store/segment_list.h"
#include "upkeep/archive_queue.h"
#include "upkeep_testing.h"

namespace logd {
namespace {

using namespace std::chrono_literals;

Config compressing(std::uint64_t keep_plain = 0) {
  Config config = quiet_config();
  config.defaults.compress = true;
  config.defaults.keep_plain = keep_plain;
  return config;
}

}  // namespace

TEST_CASE("ArchiveQueue: closed segments become archives, the newest stay plain", "[upkeep]") {
  UpkeepDaemon daemon(compressing(1));
  daemon.start();
  daemon.fill("web", 3);
  daemon.settle();
  CHECK(daemon.segments("web") == "1.log.gz 2.log.gz 3.log 4.log");
  daemon.fill("web", 1);
  daemon.settle();
  CHECK(daemon.segments("web") == "1.log.gz 2.log.gz 3.log.gz 4.log 5.log");
  CHECK(daemon.upkeep().archives().made() == 3);
}

TEST_CASE("ArchiveQueue: one at a time, oldest first, the logs in turn", "[upkeep]") {
  UpkeepDaemon daemon(compressing());
  daemon.start();
  daemon.fill("web", 2);
  daemon.fill("api", 1);
  std::vector<std::string> order;
  while (daemon.archiver.run()) {
    daemon.worker.run_all();
    daemon.turn();
    order.push_back(daemon.segments("web") + ", " + daemon.segments("api"));
  }
  CHECK(order == std::vector<std::string>{"1.log.gz 2.log 3.log, 1.log 1.log.gz.tmp 2.log",
                                          "1.log.gz 2.log 2.log.gz.tmp 3.log, 1.log.gz 2.log",
                                          "1.log.gz 2.log.gz 3.log, 1.log.gz 2.log"});
}

TEST_CASE("ArchiveQueue: what a predecessor left is archived at the start", "[upkeep]") {
  UpkeepDaemon daemon(compressing());
  daemon.start();
  daemon.fill("web", 2);
  daemon.stop();
  daemon.start();
  daemon.settle();
  CHECK(daemon.segments("web") == "1.log.gz 2.log.gz 3.log");
  daemon.fs.clear_calls();
  daemon.stop();
  daemon.start();
  daemon.settle();
  CHECK(daemon.fs.count(fakes::Call::create_file) == 0);
}

TEST_CASE("ArchiveQueue: a log that fails waits, tells once, and holds up no other", "[upkeep]") {
  UpkeepDaemon daemon(compressing());
  daemon.start();
  daemon.archiver.failures = {{ErrorCode::io, EIO, "read"}};
  daemon.fill("web", 2);
  daemon.store("api", "line");
  daemon.rotate("api");
  daemon.settle();
  CHECK(daemon.segments("web") == "1.log 2.log 3.log");
  CHECK(daemon.segments("api") == "1.log.gz 2.log");
  CHECK(daemon.upkeep().archives().failed() == 1);
  daemon.pass(1s);
  daemon.settle();
  CHECK(daemon.segments("web") == "1.log.gz 2.log.gz 3.log");
}

TEST_CASE("ArchiveQueue: attempts come at 1 s, doubling to a minute", "[upkeep]") {
  UpkeepDaemon daemon(compressing());
  daemon.start();
  for (int i = 0; i < 100; ++i)
    daemon.archiver.failures.push_back({ErrorCode::no_space, ENOSPC, ""});
  daemon.fill("web", 1);
  std::vector<int> attempts;
  for (int second = 0; second < 200; ++second) {
    if (daemon.archiver.run()) attempts.push_back(second);
    daemon.settle();
    daemon.pass(1s);
  }
  CHECK(attempts == std::vector<int>{0, 1, 3, 7, 15, 31, 63, 123, 183});
  CHECK(daemon.segments("web") == "1.log 2.log");
}

TEST_CASE("ArchiveQueue: an archive that is not what was written is given up", "[upkeep]") {
  UpkeepDaemon daemon(compressing());
  daemon.start();
  daemon.archiver.failures = {{ErrorCode::corrupt, 0, "differs"}};
  daemon.fill("web", 2);
  daemon.settle();
  daemon.pass(1h);
  daemon.settle();
  CHECK(daemon.segments("web") == "1.log 2.log.gz 3.log");
}

TEST_CASE("ArchiveQueue: a segment that has gone meanwhile leaves no archive", "[upkeep]") {
  SECTION("by retention, while it is compressed") {
    Config config = compressing();
    config.defaults.retain = 1;
    UpkeepDaemon daemon(config);
    daemon.start();
    daemon.fill("web", 1);
    REQUIRE(daemon.archiver.has_job());
    daemon.fill("web", 1);
    daemon.settle();
    CHECK(daemon.segments("web") == "2.log.gz 3.log");
  }
  SECTION("by retention, while the archive takes its place") {
    Config config = compressing();
    config.defaults.retain = 1;
    UpkeepDaemon daemon(config);
    daemon.start();
    daemon.fill("web", 1);
    REQUIRE(daemon.archiver.run());
    REQUIRE(daemon.worker.waiting() > 0);
    daemon.fill("web", 1);
    daemon.settle();
    CHECK(daemon.segments("web") == "2.log.gz 3.log");
  }
  SECTION("by hand") {
    UpkeepDaemon daemon(compressing());
    daemon.start();
    daemon.fill("web", 2);
    daemon.fs.remove(daemon.file("web", 2));
    daemon.settle();
    CHECK(daemon.segments("web") == "1.log.gz 3.log");
    CHECK(daemon.upkeep().archives().failed() == 0);
  }
}

TEST_CASE("ArchiveQueue: an archive that somebody else has made is taken over", "[upkeep]") {
  UpkeepDaemon daemon(compressing(1));
  daemon.start();
  daemon.fill("web", 2);
  daemon.settle();
  REQUIRE(daemon.segments("web") == "1.log.gz 2.log 3.log");
  // As `logctl mask --rewrite` does.
  const auto log = daemon.fs.open_directory("/log/web").value();
  REQUIRE(archive_segment(*log, list_segments(*log).value()[1].name, 6));
  daemon.fill("web", 1);
  daemon.settle();
  CHECK(daemon.segments("web") == "1.log.gz 2.log.gz 3.log 4.log");
  CHECK(daemon.upkeep().archives().failed() == 0);
  const ClosedSegment* const second = daemon.kept("web").closed.find(2);
  REQUIRE(second != nullptr);
  CHECK(second->is_archive);
  CHECK(second->bytes == daemon.fs.contents(daemon.file("web", 2)).size());
}

TEST_CASE("ArchiveQueue: a flush cancels what is under way, and later ones go on", "[upkeep]") {
  UpkeepDaemon daemon(compressing());
  daemon.start();
  daemon.fill("web", 2);
  OpenLog& log = daemon.log("web");
  daemon.upkeep().flush_begins(log);
  CHECK(daemon.archiver.is_cancelled);
  daemon.settle();
  CHECK(daemon.segments("web") == "1.log 2.log 3.log");
  daemon.fs.remove(daemon.file("web", 1));
  daemon.fs.remove(daemon.file("web", 2));
  daemon.upkeep().flush_ended(log);
  daemon.fill("web", 1);
  daemon.settle();
  CHECK(daemon.segments("web") == "3.log.gz 4.log");
  CHECK(daemon.upkeep().archives().failed() == 0);
}

// Recovery could not be finished at the start, and goes on in a segment that looked closed.
TEST_CASE("ArchiveQueue: the active segment is never archived", "[upkeep]") {
  UpkeepDaemon daemon(compressing());
  daemon.start();
  daemon.store("web", "line");
  daemon.settle();
  CHECK(daemon.segments("web") == "1.log");
}

TEST_CASE("ArchiveQueue: a worker without room costs an attempt", "[upkeep]") {
  UpkeepDaemon daemon(compressing());
  daemon.start();
  daemon.fill("web", 1);
  daemon.worker.has_room = false;
  REQUIRE(daemon.archiver.run());
  daemon.worker.has_room = true;
  CHECK(daemon.segments("web") == "1.log 2.log");
  daemon.pass(1s);
  daemon.settle();
  CHECK(daemon.segments("web") == "1.log.gz 2.log");
}

}  // namespace logd
