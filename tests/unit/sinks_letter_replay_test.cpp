// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cerrno>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fakes/fake_file_system.h"
#include "sinks/letter_replay.h"

using namespace logd;

namespace {

constexpr WallTime kNow{Nanoseconds(1795299420000000001)};
constexpr std::uint64_t kRoom = 1_MiB;

std::string letter_text(int number) {
  DeadLetter letter;
  letter.log = "web";
  letter.uid = "h/web/" + std::to_string(number);
  letter.time = "2026-11-21T22:16:59.000000000";
  letter.message = "message " + std::to_string(number);
  letter.reason = "no";
  return dead_letter_text(letter, kNow);
}

std::string note_text() {
  DeadLetter note;
  note.records = 3;
  note.message = "web 1..2";
  note.reason = "3 rejected";
  return dead_letter_text(note, kNow);
}

struct World {
  World() {
    files.put("/d/dead.1", letter_text(1) + letter_text(2));
    files.put("/d/dead", letter_text(3) + note_text() + letter_text(4));
    open();
  }

  void open() {
    replay.reset();
    dead.reset();
    directory = files.open_directory("/d").value();
    dead.emplace(*directory, kRoom);
    replay.emplace(*directory, *dead);
  }

  std::set<std::string> kept() {
    std::set<std::string> uids;
    const auto looked = files.open_directory("/d").value();
    REQUIRE(read_dead_letters(*looked, Letters::all, [&](std::string_view line) {
      if (const auto parsed = parse_dead_letter(line)) uids.insert(parsed->letter.uid);
    }));
    return uids;
  }

  // The uids that next() gives to the end.
  std::vector<std::string> take_all() {
    std::vector<std::string> uids;
    while (const auto letter = replay->next()) {
      uids.push_back(letter->uid);
      replay->done();
    }
    return uids;
  }

  fakes::FakeFileSystem files;
  std::unique_ptr<Directory> directory;
  std::optional<DeadLetters> dead;
  std::optional<LetterReplay> replay;
};

const std::vector<std::string> kAll = {"h/web/1", "h/web/2", "h/web/3", "h/web/4"};

}  // namespace

TEST_CASE("letter replay: each once, the oldest first, then the file goes", "[sinks]") {
  World world;
  CHECK_FALSE(world.replay->is_waiting());
  REQUIRE(world.replay->begin());
  CHECK(world.replay->is_waiting());
  CHECK(world.replay->bytes() > 0);
  CHECK(world.dead->bytes() == 0);
  CHECK(world.take_all() == kAll);
  CHECK_FALSE(world.replay->is_waiting());
  CHECK(world.replay->bytes() == 0);
  CHECK_FALSE(world.files.exists("/d/dead.again"));
  // What is of no record cannot be sent, and is kept.
  CHECK(world.files.contents("/d/dead") == note_text());
}

TEST_CASE("letter replay: one at a time, and again if it was given back", "[sinks]") {
  World world;
  REQUIRE(world.replay->begin());
  CHECK(world.replay->next()->uid == "h/web/1");
  CHECK_FALSE(world.replay->is_waiting());
  CHECK_FALSE(world.replay->next());
  world.replay->give_back();
  CHECK(world.take_all() == kAll);
}

TEST_CASE("letter replay: what comes meanwhile is for the next one", "[sinks]") {
  World world;
  REQUIRE(world.replay->begin());
  REQUIRE(world.dead->add_text(letter_text(5)));
  CHECK(world.take_all() == kAll);
  REQUIRE(world.replay->begin());
  CHECK(world.take_all() == std::vector<std::string>{"h/web/5"});
}

TEST_CASE("letter replay: asked for again in the middle, it takes up what is new, too", "[sinks]") {
  World world;
  REQUIRE(world.replay->begin());
  CHECK(world.replay->next()->uid == "h/web/1");
  world.replay->done();
  REQUIRE(world.dead->add_text(letter_text(5)));
  REQUIRE(world.replay->begin());
  CHECK(world.take_all() == std::vector<std::string>{"h/web/2", "h/web/3", "h/web/4", "h/web/5"});
}

TEST_CASE("letter replay: nothing that was not taken goes with a crash", "[sinks]") {
  struct Stop {};
  int steps = 0;
  for (int stop_at = 1;; ++stop_at) {
    World world;
    int step = 0;
    world.files.on_step = [&](std::string_view) {
      if (++step == stop_at) throw Stop();
    };
    std::set<std::string> taken;
    bool was_stopped = false;
    try {
      std::ignore = world.replay->begin();
      while (const auto letter = world.replay->next()) {
        taken.insert(letter->uid);
        world.replay->done();
      }
    } catch (const Stop&) {
      was_stopped = true;
    }
    world.files.on_step = nullptr;
    if (!was_stopped) break;
    ++steps;
    world.files.crash();
    INFO("step " << stop_at);
    std::set<std::string> known = world.kept();
    known.insert(taken.begin(), taken.end());
    for (const std::string& uid : kAll) CHECK(known.contains(uid));
    // The next one goes on with it.
    world.open();
    REQUIRE(world.replay->begin());
    for (const std::string& uid : world.take_all()) known.insert(uid);
    CHECK_FALSE(world.files.exists("/d/dead.again"));
  }
  CHECK(steps > 5);
}

TEST_CASE("letter replay: on a full disk all is as before", "[sinks]") {
  World world;
  const std::set<std::string> before = world.kept();
  world.files.fail_all(fakes::Call::write, ENOSPC);
  CHECK_FALSE(world.replay->begin());
  world.files.fail_all(fakes::Call::write, 0);
  CHECK(world.kept() == before);
  CHECK_FALSE(world.replay->is_waiting());
  REQUIRE(world.replay->begin());
  CHECK(world.take_all() == kAll);
}
