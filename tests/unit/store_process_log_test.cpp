// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cerrno>
#include <sstream>

#include "fakes/fake_clock.h"
#include "fakes/fake_file_system.h"
#include "logd/record.h"
#include "store/event.h"
#include "store/process_log.h"

namespace logd {
namespace {

constexpr const char* kSegment = "/log/web/0000000001-20261121T221700Z.log";
constexpr const char* kTorn = "/log/web/0000000001-20261121T221700Z.log.torn";
const std::string kRecord = "2026-11-21T22:17:00.000000001Z stdout F first\n";
const std::string kHalf = "2026-11-21T22:17:00.000000002Z stdout F se";

// A log directory, and what a daemon that opens it needs.
struct Disk {
  fakes::FakeFileSystem fs;
  fakes::FakeClock clock;
  LedgerImage image;
  Ledger ledger{image};

  Disk() { fs.make_directory("/log/web"); }

  LedgerOrigin origin() {
    auto root = fs.open_directory("/log");
    const auto status = (*root)->status_of("web");
    return {{7}, status->device, status->inode};
  }

  std::string active_name() const {
    std::string newest;
    for (const std::string& name : fs.list("/log/web"))
      if (parse_segment_name(name)) newest = name;
    return newest;
  }

  // The texts in a segment; nothing but events are in it.
  std::vector<std::string> events(std::uint64_t segment) const {
    std::vector<std::string> texts;
    for (const std::string& name : fs.list("/log/web")) {
      const auto parsed = parse_segment_name(name);
      if (!parsed || parsed->number != segment) continue;
      std::istringstream lines(fs.contents("/log/web/" + name));
      for (std::string line; std::getline(lines, line);)
        texts.emplace_back(parse_record(line).value().content);
    }
    return texts;
  }

  Result<std::unique_ptr<ProcessLog>> open() {
    auto root = fs.open_directory("/log");
    auto directory = (*root)->open_directory("web", Create::yes);
    return ProcessLog::open(std::move(*directory), ledger, origin(), clock, {});
  }
};

}  // namespace

TEST_CASE("ProcessLog: a torn tail is cut off and kept aside", "[store]") {
  Disk disk;
  disk.fs.put(kSegment, kRecord + kHalf);
  const auto log = disk.open();
  REQUIRE(log);
  CHECK((*log)->recovery().torn_bytes == kHalf.size());
  CHECK((*log)->recovery().torn_is_kept);
  CHECK(disk.fs.contents(kSegment) == kRecord);
  CHECK(disk.fs.contents(kTorn) == kHalf);
}

// The file system may know the new size of a file without having written its blocks.
TEST_CASE("ProcessLog: after a power cut the active segment ends at a whole record", "[store]") {
  const std::string lost = "2026-11-21T22:17:00.000000002Z stdout F " + std::string(1500, '\0') +
                           "\nover\n" + std::string(3000, '\0');
  Disk disk;
  disk.fs.put(kSegment, kRecord + lost);
  SECTION("with the ledger of another boot") {
    disk.ledger.reset({{8}, disk.origin().directory_device, disk.origin().directory_inode});
    const auto log = disk.open();
    REQUIRE(log);
    CHECK((*log)->recovery().torn_bytes == lost.size());
    CHECK((*log)->recovery().torn_is_kept);
    CHECK(disk.fs.contents(kSegment) == kRecord);
    CHECK(disk.fs.contents(kTorn) == lost);
    CHECK((*log)->next_time() > fakes::FakeClock::kStart - std::chrono::hours(1));
  }
  SECTION("but nothing is judged that the ledger has seen written") {
    REQUIRE(disk.open());
    REQUIRE(disk.open());
    disk.fs.put(kSegment, kRecord + "a line\n");
    REQUIRE(disk.open());
    CHECK(disk.fs.contents(kSegment) == kRecord + "a line\n");
  }
}

// A start must never fail because there is no room for a copy that nobody asked for.
TEST_CASE("ProcessLog: what a second power cut tears does not replace what the first tore",
          "[store]") {
  Disk disk;
  disk.fs.put(kSegment, kRecord + kHalf);
  REQUIRE(disk.open());
  disk.fs.put(kSegment, disk.fs.contents(kSegment) + "2026-11-21T22:17:00.5 std");
  disk.image = {};
  REQUIRE(disk.open());
  CHECK(disk.fs.contents(kTorn).find(kHalf) != std::string::npos);
}

TEST_CASE("ProcessLog: a full disk costs the copy of a torn tail, not the start", "[store]") {
  SECTION("no byte gets in") {
    Disk disk;
    disk.fs.put(kSegment, kRecord + kHalf);
    disk.fs.set_disk_limit(kRecord.size() + kHalf.size());
    const auto log = disk.open();
    REQUIRE(log);
    CHECK_FALSE((*log)->recovery().torn_is_kept);
    CHECK(disk.fs.contents(kSegment) == kRecord);
    CHECK_FALSE(disk.fs.exists(kTorn));
  }
  SECTION("half of it gets in") {
    Disk disk;
    disk.fs.put(kSegment, kRecord + kHalf);
    disk.fs.fail_next_write({.sys_errno = ENOSPC, .after_bytes = 9});
    REQUIRE(disk.open());
    CHECK(disk.fs.contents(kSegment) == kRecord);
    CHECK_FALSE(disk.fs.exists(kTorn));
  }
  SECTION("not even an empty file can be made") {
    Disk disk;
    disk.fs.put(kSegment, kRecord + kHalf);
    disk.fs.fail_all(fakes::Call::create_file, ENOSPC);
    REQUIRE(disk.open());
    CHECK(disk.fs.contents(kSegment) == kRecord);
  }
}

TEST_CASE("ProcessLog: a ledger that was not to be believed is told of", "[store]") {
  Disk disk;
  auto log = disk.open();
  REQUIRE(log);
  CHECK_FALSE((*log)->recovery().ledger_ignored);  // there was none
  disk.fs.move("/log/web", "/log/web.old");
  disk.fs.make_directory("/log/web");
  log = disk.open();
  REQUIRE(log);
  CHECK((*log)->recovery().ledger_ignored);
  LedgerImage other_boot = disk.image;
  other_boot.boot_id = {8};
  disk.image = other_boot;
  log = disk.open();
  REQUIRE(log);
  CHECK_FALSE((*log)->recovery().ledger_ignored);  // its streams have gone too
}

// `rm logs/*.log` and `> current.log` are in many a runbook.
TEST_CASE("ProcessLog: what hands do to the active segment is told in the next one", "[store]") {
  Disk disk;
  auto log = disk.open();
  REQUIRE(log);
  REQUIRE((*log)->append_event("before"));
  const std::string path = "/log/web/" + disk.active_name();
  const std::string stored = disk.fs.contents(path);
  std::string told;
  SECTION("deleted") {
    disk.fs.remove(path);
    told = "segment 1 was deleted by hand: goes on here";
  }
  SECTION("truncated") {
    disk.fs.put(path, "");
    told = "segment 1 was truncated by hand: goes on here";
  }
  SECTION("written to") {
    disk.fs.put(path, stored + "a note\n");
    told = "segment 1 was written to by hand: goes on here";
  }
  SECTION("deleted while there was no daemon") {
    disk.fs.remove(path);
    log = disk.open();
    REQUIRE(log);
    told = "segment 1 was deleted by hand: goes on here";
  }
  REQUIRE((*log)->append_event("after"));
  const std::vector<std::string> texts = disk.events(2);
  CHECK(texts == std::vector<std::string>{told, "after"});
  CHECK(disk.fs.contents("/log/web/" + disk.active_name()).find('\0') == std::string::npos);
}

TEST_CASE("ProcessLog: a change by hand that a full disk has no room for is told later",
          "[store]") {
  Disk disk;
  const auto log = disk.open();
  REQUIRE(log);
  REQUIRE((*log)->append_event("before"));
  disk.fs.remove("/log/web/" + disk.active_name());
  disk.fs.fail_all(fakes::Call::write, ENOSPC);
  CHECK_FALSE((*log)->append_event("lost"));
  disk.fs.fail_all(fakes::Call::write, 0);
  REQUIRE((*log)->append_event("after"));
  REQUIRE((*log)->append_event("and on"));
  CHECK(disk.events(2) ==
        std::vector<std::string>{"segment 1 was deleted by hand: goes on here", "after", "and on"});
}

// Between the look at the file and the append to it.
TEST_CASE("ProcessLog: a truncation at any moment leaves no hole", "[store]") {
  Disk disk;
  const auto log = disk.open();
  REQUIRE(log);
  REQUIRE((*log)->append_event("before"));
  const std::string path = "/log/web/" + disk.active_name();
  REQUIRE((*log)->prepare());
  disk.fs.put(path, "");
  const std::string record = encode_event((*log)->next_time(), "in between");
  AppendRequest request;
  request.bytes = record;
  request.records = 1;
  request.first_time = (*log)->next_time();
  CHECK((*log)->append(request).complete);
  CHECK(disk.fs.contents(path) == record);
  REQUIRE((*log)->append_event("after"));
  CHECK(disk.events(2).back() == "after");
}

TEST_CASE("ProcessLog: a flush that was cut short takes what it was told to", "[store]") {
  for (const std::uint32_t flags : {std::uint32_t{0}, std::uint32_t{kFlushArchives}}) {
    const std::string archive = "/log/web/0000000001-20261121T221500Z.log.gz";
    const std::string plain = "/log/web/0000000002-20261121T221600Z.log";
    Disk disk;
    disk.fs.put(archive, "archive");
    disk.fs.put(plain, kRecord);
    REQUIRE(disk.open());
    disk.ledger.begin_flush({.up_to = 2, .records = 1, .bytes = 9, .uid = 5, .flags = flags});
    const auto log = disk.open();
    REQUIRE(log);
    CHECK((*log)->recovery().finished_flush);
    CHECK_FALSE(disk.fs.exists(plain));
    CHECK(disk.fs.exists(archive) == (flags == 0));
  }
}

TEST_CASE("ProcessLog: a link that cannot be made does not stop the log", "[store]") {
  for (const int failure : {ENOSPC, EROFS}) {
    Disk disk;
    disk.fs.put(kSegment, kRecord);
    disk.fs.fail_all(fakes::Call::make_symlink, failure);
    const auto log = disk.open();
    REQUIRE(log);
    CHECK((*log)->append_event("still there"));
  }
}

}  // namespace logd
