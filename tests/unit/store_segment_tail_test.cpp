// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "fakes/fake_clock.h"
#include "fakes/fake_file_system.h"
#include "logd/record.h"
#include "store/event.h"
#include "store/segment_tail.h"

namespace logd {
namespace {

class SegmentTailTest {
 public:
  std::unique_ptr<File> file_of(std::string_view contents) {
    fs_.put("/log/s", contents);
    auto directory = fs_.open_directory("/log");
    return std::move(*(*directory)->open_file("s", OpenMode::read));
  }

  // An event, and lines behind it.
  static std::string run_started(std::uint64_t run, std::size_t bytes_behind) {
    std::string text = encode_event(fakes::FakeClock::kStart, started_event(run, 1, 0, "node"));
    while (text.size() < bytes_behind) text += "2026-11-21T22:17:00.123456789Z stdout F line\n";
    return text;
  }

 private:
  fakes::FakeFileSystem fs_;
};

}  // namespace

TEST_CASE_METHOD(SegmentTailTest, "SegmentTail: the last record ends behind the last newline",
                 "[store]") {
  CHECK(*end_of_last_record(*file_of(""), 0) == 0);
  CHECK(*end_of_last_record(*file_of("torn"), 4) == 0);
  CHECK(*end_of_last_record(*file_of("a\nb\ntorn"), 8) == 4);
  std::string long_tail = "a\n";
  long_tail.append(200'000, 'x');
  CHECK(*end_of_last_record(*file_of(long_tail), long_tail.size()) == 2);
}

// What a power cut leaves is what the disk had: NULs and old lengths, in blocks of its own size.
TEST_CASE_METHOD(SegmentTailTest, "SegmentTail: a sound record is whole and lost no block",
                 "[store]") {
  const auto kept = [this](const std::string& contents) {
    return *end_of_last_sound_record(*file_of(contents), contents.size());
  };
  const auto record = [](const std::string& content) {
    return "2026-11-21T22:17:00.123456789Z stdout F " + content + "\n";
  };
  const std::string first = record("first");
  CHECK(kept("") == 0);
  CHECK(kept(std::string(300'000, '\0')) == 0);
  CHECK(kept(first) == first.size());
  CHECK(kept(first + std::string(200'000, '\0')) == first.size());
  CHECK(kept(first + "2026-11-21T22:17:00.1234") == first.size());
  SECTION("lines that are no records go, one after the other") {
    CHECK(kept(first + "by hand\n") == first.size());
    CHECK(kept(first + std::string(700, '\0') + "end of a line\nX\n\n") == first.size());
    CHECK(kept("\n\n") == 0);
  }
  SECTION("a whole record behind a lost block goes with it") {
    const std::string lost = record(std::string(2000, '\0'));
    CHECK(kept(first + lost) == first.size());
    CHECK(kept(first + lost + "torn") == first.size());
    CHECK(kept(first + lost + lost) == first.size());
  }
  SECTION("NULs that a process wrote stay") {
    const std::string few = first + record("a" + std::string(500, '\0') + "b");
    CHECK(kept(few) == few.size());
    // More than a block, but no aligned one: 46 + 40 bytes are in front.
    const std::string unaligned = first + record(std::string(800, '\0'));
    CHECK(kept(unaligned) == unaligned.size());
    const std::string empty = first + record("");
    CHECK(kept(empty) == empty.size());
  }
  SECTION("a lost block that is not in the last record stays") {
    const std::string whole = record(std::string(2000, '\0')) + first;
    CHECK(kept(whole) == whole.size());
  }
}

TEST_CASE_METHOD(SegmentTailTest, "SegmentTail: counts the records of a range", "[store]") {
  CHECK(*count_records(*file_of("a\nb\nc\n"), 2, 6) == 2);
}

TEST_CASE_METHOD(SegmentTailTest, "SegmentTail: the last run is found across blocks", "[store]") {
  for (const std::size_t behind : {100, 65'400, 65'536, 65'700, 300'000}) {
    const std::string contents = run_started(3, 1000) + run_started(4, behind);
    const auto run = last_run_before(*file_of(contents), contents.size());
    REQUIRE(run);
    CHECK(*run == std::optional<std::uint64_t>(4));
  }
}

TEST_CASE_METHOD(SegmentTailTest, "SegmentTail: a process cannot forge a run", "[store]") {
  const std::string forged =
      "2026-11-21T22:17:00.123456789Z stdout F "
      "2026-11-21T22:17:00.123456789+00:00 stderr F started run 77: pid 1, uid 0, x\n";
  const std::string contents = run_started(3, 100) + forged;
  CHECK(*last_run_before(*file_of(contents), contents.size()) == std::optional<std::uint64_t>(3));
}

}  // namespace logd
