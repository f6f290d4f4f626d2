// Stops after every single step of giving a segment other contents, as a kill and as a power cut,
// and lets others delete and archive it meanwhile.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>

#include "fakes/fake_clock.h"
#include "fakes/fake_file_system.h"
#include "fakes/steps.h"
#include "store/archive_file.h"
#include "store/archive_rewriting.h"
#include "store/archiving.h"
#include "store/segment_list.h"

namespace logd {
namespace {

using Form = SegmentName::Form;
using fakes::StopHere;

const SegmentName kSegment{2, fakes::FakeClock::kStart, Form::plain};
const std::string kPlain = kSegment.str();
const std::string kArchive = kSegment.with(Form::archive).str();
const std::string kTime = "2026-11-21T22:17:00.00000000";
const std::string kOld = kTime + "0Z stdout F one secret\n" + kTime + "1+00:00 stderr F event\n" +
                         kTime + "2Z stderr P two\n";
const std::string kNew = kTime + "0Z stdout F one [masked]\n" + kTime + "1+00:00 stderr F event\n" +
                         kTime + "2Z stderr P two\n";

std::string path(const std::string& name) { return "/log/web/" + name; }

struct Machine {
  fakes::FakeFileSystem fs;
  fakes::Steps steps;

  Machine() {
    fs.put(path(kPlain), kOld);
    fs.put("/new", kNew);
    fs.on_step = steps.hook();
  }
  std::unique_ptr<Directory> open() { return fs.open_directory("/log/web").value(); }

  bool run(std::size_t stop_at, const std::function<void(Machine&, Directory&)>& work) {
    steps.restart();
    steps.stop_at(stop_at);
    try {
      const auto directory = open();
      work(*this, *directory);
      steps.restart();
      return true;
    } catch (const StopHere&) {
      return false;
    }
  }

  // The uncompressed bytes of the only segment there is.
  std::string contents() {
    const auto directory = open();
    const auto segments = list_segments(*directory).value();
    if (segments.size() != 1) return "segments: " + std::to_string(segments.size());
    const auto opened = open_segment(*directory, segments.front()).value();
    CHECK(opened.damage.empty());
    std::string bytes(opened.file->status().value().bytes, '\0');
    CHECK(opened.file->read_at(bytes.data(), bytes.size(), 0).value() == bytes.size());
    return bytes;
  }
};

Result<void> rewrite(Machine& machine, Directory& log, const std::string& contents_path = "/new") {
  LOGD_TRY_ASSIGN(const RewriteLock lock, RewriteLock::take(log));
  if (log.status_of(kPlain) && !log.status_of(kArchive)) {
    LOGD_TRY(archive_segment(log, kSegment, 6));
  }
  LOGD_TRY_ASSIGN(const auto archive, log.open_file(kArchive, OpenMode::read));
  LOGD_TRY_ASSIGN(const auto inflated, inflate_archive(*archive));
  const OpenContents contents = [&] {
    return machine.fs.open_directory("/").value()->open_file(contents_path.substr(1),
                                                             OpenMode::read);
  };
  return rewrite_archive(log, kSegment, {*archive, *inflated.file}, contents, 6);
}

void recover(Machine&, Directory& log) {
  const auto names = log.list();
  if (names) std::ignore = finish_archiving(log, *names, 3);
}

}  // namespace

TEST_CASE("Archive rewriting: the new contents take the place of the old ones", "[store]") {
  Machine machine;
  const auto log = machine.open();
  REQUIRE(rewrite(machine, *log));
  CHECK(machine.contents() == kNew);
  CHECK(machine.fs.list("/log/web") == std::vector<std::string>{kArchive});
}

TEST_CASE("Archive rewriting: stopped after every step, the old or the new is there", "[store]") {
  const bool is_power_cut = GENERATE(false, true);
  bool is_whole = false;
  for (std::size_t k = 0; !is_whole; ++k) {
    Machine machine;
    is_whole = machine.run(k, [](Machine& at, Directory& log) { std::ignore = rewrite(at, log); });
    machine.steps.restart();
    is_power_cut ? machine.fs.crash() : machine.fs.restart();
    INFO("stopped after step " << k);
    const std::string found = machine.contents();
    const bool is_either = found == kOld || found == kNew;
    CHECK(is_either);
    // Either the daemon starts, or it runs on and somebody does it again.
    const bool is_recovered = k % 2 == 0;
    if (is_recovered) machine.run(fakes::Steps::kNever, recover);
    if (is_recovered) CHECK(machine.contents() == found);
    machine.run(fakes::Steps::kNever, [](Machine& at, Directory& log) {
      recover(at, log);
      CHECK(rewrite(at, log));
    });
    CHECK(machine.contents() == kNew);
    CHECK(machine.fs.list("/log/web") == std::vector<std::string>{kArchive});
    CHECK(k < 1000);
  }
}

TEST_CASE("Archive rewriting: an archive that is deleted meanwhile stays deleted", "[store]") {
  Machine machine;
  const auto log = machine.open();
  REQUIRE(archive_segment(*log, kSegment, 6));
  std::size_t deletions = 0;
  for (std::size_t k = 0;; ++k) {
    Machine at;
    at.run(fakes::Steps::kNever,
           [](Machine&, Directory& home) { REQUIRE(archive_segment(home, kSegment, 6)); });
    std::size_t step = 0;
    bool is_deleted = false;
    bool is_deleting = false;
    at.fs.on_step = [&](std::string_view) {
      if (is_deleting || step++ != k) return;
      is_deleting = true;
      is_deleted = at.fs.exists(path(kArchive));
      if (is_deleted) at.fs.remove(path(kArchive));
      is_deleting = false;
    };
    const auto home = at.open();
    std::ignore = rewrite(at, *home);
    if (!is_deleted) break;
    ++deletions;
    INFO("deleted at step " << k);
    CHECK(at.fs.list("/log/web").empty());
  }
  CHECK(deletions > 5);
}

TEST_CASE("Archive rewriting: records that are not those of before stay out", "[store]") {
  for (const std::string& wrong :
       {kNew + kNew.substr(0, kNew.find('\n') + 1), kNew.substr(0, kNew.find('\n') + 1),
        kTime + "1" + kNew.substr(29),
        kNew.substr(0, kNew.find("event")) + "EVENT\n" + kNew.substr(kNew.find("event") + 6)}) {
    Machine machine;
    machine.fs.put("/wrong", wrong);
    const auto log = machine.open();
    const auto rewritten = rewrite(machine, *log, "/wrong");
    REQUIRE_FALSE(rewritten);
    CHECK(rewritten.error().code == ErrorCode::corrupt);
    CHECK(machine.contents() == kOld);
    CHECK(machine.fs.list("/log/web") == std::vector<std::string>{kArchive});
  }
}

TEST_CASE("Archive rewriting: an archive of logd's own does not take its place", "[store]") {
  // logd's archiver has begun, and is done at any moment of ours.
  for (std::size_t k = 0; k < 200; ++k) {
    Machine machine;
    const auto log = machine.open();
    auto files = open_for_archiving(*log, kSegment).value();
    const auto made = make_archive(*files.plain, *files.archive, 6).value();
    std::size_t step = 0;
    machine.fs.on_step = [&](std::string_view) {
      if (step++ != k) return;
      const auto own = machine.open();
      if (!publish_archive(*own, kSegment, made.plain_bytes)) abandon_archive(*own, kSegment);
    };
    const auto home = machine.open();
    auto rewritten = rewrite(machine, *home);
    const bool has_ended = step <= k;
    machine.fs.on_step = nullptr;
    if (has_ended) break;
    INFO("published at step " << k);
    // At worst it is to be done once more.
    if (!rewritten) rewritten = rewrite(machine, *home);
    CHECK(rewritten);
    CHECK(machine.contents() == kNew);
    CHECK(machine.fs.list("/log/web") == std::vector<std::string>{kArchive});
  }
}

}  // namespace logd
