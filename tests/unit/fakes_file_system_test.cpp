// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cerrno>
#include <string>

#include "fakes/fake_clock.h"
#include "fakes/fake_file_system.h"
#include "fakes/steps.h"

using namespace logd;
using fakes::Call;

namespace {

std::string read_all(File& file) {
  std::string text(100, '?');
  text.resize(file.read_at(text.data(), text.size(), 0).value());
  return text;
}

struct World {
  fakes::FakeFileSystem fs;
  std::unique_ptr<Directory> log;

  World() {
    fs.make_directory("/log");
    open();
  }
  void open() { log = fs.open_directory("/log").value(); }
  std::unique_ptr<File> create(const std::string& name) {
    return log->open_file(name, OpenMode::create_new).value();
  }
};

}  // namespace

TEST_CASE("FakeClock: time passes only when told", "[fakes]") {
  fakes::FakeClock clock;
  const WallTime wall = clock.wall_now();
  const MonoTime mono = clock.mono_now();
  clock.advance(std::chrono::seconds(2));
  clock.step_wall(-std::chrono::seconds(10));
  CHECK(clock.wall_now() == wall - std::chrono::seconds(8));
  CHECK(clock.mono_now() == mono + std::chrono::seconds(2));
}

TEST_CASE("FakeFileSystem: behaves as files do", "[fakes]") {
  World world;
  auto file = world.create("a");
  CHECK(file->write_at("hello", 0).value() == 5);
  CHECK(file->write_at("J", 0).value() == 1);
  CHECK(file->write_at("!", 6).value() == 1);
  CHECK(world.fs.contents("/log/a") == std::string("Jello\0!", 7));
  REQUIRE(file->truncate(2));
  CHECK(read_all(*file) == "Je");
  CHECK(file->read_at(nullptr, 1, 2).value() == 0);
  CHECK(world.log->open_file("a", OpenMode::create_new).error().code == ErrorCode::exists);
  CHECK(world.log->open_file("b", OpenMode::read).error().code == ErrorCode::not_found);
  CHECK(world.log->open_file("../a", OpenMode::read).error().code != ErrorCode::not_found);
  CHECK_FALSE(world.log->open_file("a", OpenMode::read).value()->write_at("x", 0));

  REQUIRE(world.log->rename("a", "b"));
  CHECK(world.fs.list("/log") == std::vector<std::string>{"b"});
  CHECK(file->status().value().links == 1);
  REQUIRE(world.log->remove("b"));
  CHECK(read_all(*file) == "Je");
  CHECK(file->status().value().links == 0);

  REQUIRE(world.log->make_symlink("target", "link"));
  CHECK(world.fs.link_target("/log/link") == "target");
  CHECK(world.log->open_file("link", OpenMode::read).error().sys_errno == ELOOP);
}

TEST_CASE("FakeFileSystem: a write cut short fails only when its rest is tried again", "[fakes]") {
  World world;
  auto file = world.create("a");
  world.fs.fail_next_write({.sys_errno = ENOSPC, .after_bytes = 3});
  CHECK(file->write_at("abcdef", 0).value() == 3);
  SECTION("the rest") {
    CHECK(file->write_at("def", 3).error().code == ErrorCode::no_space);
    CHECK(file->write_at("def", 3).value() == 3);
  }
  SECTION("something else") { CHECK(file->write_at("xyz", 0).value() == 3); }
}

TEST_CASE("FakeFileSystem: a full disk takes what fits", "[fakes]") {
  World world;
  auto a = world.create("a");
  auto b = world.create("b");
  world.fs.set_disk_limit(8);
  CHECK(a->write_at("12345", 0).value() == 5);
  CHECK(b->write_at("12345", 0).value() == 3);
  CHECK(b->write_at("45", 3).error().code == ErrorCode::no_space);
  CHECK(a->write_at("54321", 0).value() == 5);  // nothing grows
  CHECK(a->write_at("12", 4).value() == 1);
  CHECK(a->write_at("2", 5).error().code == ErrorCode::no_space);
  REQUIRE(world.log->remove("a"));
  CHECK(b->write_at("45", 3).error().code == ErrorCode::no_space);  // still open
  a.reset();
  CHECK(b->write_at("45", 3).value() == 2);
}

TEST_CASE("FakeFileSystem: the nth call of a kind fails, without effect", "[fakes]") {
  World world;
  auto file = world.create("a");
  world.fs.fail_call(Call::sync_data, EIO, 2);
  CHECK(file->sync_data());
  CHECK(file->sync_data().error().code == ErrorCode::io);
  CHECK(file->sync_data());
  world.fs.fail_all(Call::remove, EACCES);
  CHECK(world.log->remove("a").error().code == ErrorCode::permission);
  CHECK(world.log->remove("a").error().code == ErrorCode::permission);
  world.fs.fail_all(Call::remove, 0);
  CHECK(world.log->remove("a"));
}

TEST_CASE("FakeFileSystem: a power cut takes what was not synced", "[fakes]") {
  World world;
  auto a = world.create("a");
  REQUIRE(a->write_at("synced", 0));
  REQUIRE(a->sync_data());
  REQUIRE(world.log->sync());
  REQUIRE(a->write_at(" and not", 6));
  REQUIRE(world.create("b")->sync_data());
  REQUIRE(world.log->remove("a"));
  world.fs.crash();
  CHECK(world.fs.list("/log") == std::vector<std::string>{"a"});
  CHECK(world.fs.contents("/log/a") == "synced");
  CHECK_FALSE(a->status());  // belongs to the life before
  world.open();
  CHECK(world.log->status_of("a").value().links == 1);
}

TEST_CASE("FakeFileSystem: stops before, during and after a write", "[fakes]") {
  const std::vector<std::string> left = {"", "", "", "hal", "halves"};
  for (std::size_t step = 0; step < left.size(); ++step) {
    World world;
    fakes::Steps steps;
    world.fs.on_step = steps.hook();
    steps.stop_at(step);
    std::unique_ptr<File> file;
    bool is_stopped = false;
    try {
      file = world.create("a");
      std::ignore = file->write_at("halves", 0);
    } catch (const fakes::StopHere&) {
      is_stopped = true;
    }
    CHECK(is_stopped);
    // What runs while the objects die changes nothing.
    CHECK_FALSE(world.log->make_symlink("a", "b"));
    world.fs.restart();
    CHECK_FALSE(world.log->make_symlink("a", "b"));
    world.open();
    CHECK(world.fs.exists("/log/a") == (step > 0));
    if (step > 0) CHECK(world.fs.contents("/log/a") == left[step]);
  }
}

TEST_CASE("FakeFileSystem: notes calls", "[fakes]") {
  World world;
  world.fs.clear_calls();
  auto file = world.create("a");
  REQUIRE(file->write_at("xyz", 0));
  REQUIRE(file->write_at("xyz", 3));
  CHECK(world.fs.count(Call::write) == 2);
  CHECK(world.fs.calls() ==
        std::vector<std::string>{"create_file a", "write a 0+3", "write a 3+3"});
}

TEST_CASE("FakeFileSystem: a hand outside", "[fakes]") {
  World world;
  world.fs.put("/log/web/1", "one");
  auto web = world.log->open_directory("web", Create::no).value();
  auto one = web->open_file("1", OpenMode::read_write).value();
  world.fs.put("/log/web/1", "o");
  CHECK(read_all(*one) == "o");
  world.fs.move("/log/web", "/elsewhere/web");
  CHECK(world.fs.contents("/elsewhere/web/1") == "o");
  CHECK(web->list().value() == std::vector<std::string>{"1"});
  world.fs.remove("/elsewhere/web");
  CHECK(web->open_file("2", OpenMode::create_new).error().code == ErrorCode::not_found);
  world.fs.put("/log/secret", "");
  world.fs.deny("/log/secret");
  CHECK(world.log->open_file("secret", OpenMode::read).error().code == ErrorCode::permission);
  world.fs.set_read_only(true);
  CHECK(world.log->remove("secret").error().sys_errno == EROFS);
  CHECK_FALSE(world.log->open_file("new", OpenMode::create_new));
}

TEST_CASE("FakeFileSystem: what is made in a directory gets its group", "[fakes]") {
  World world;
  REQUIRE(world.log->set_group(7));
  auto file = world.create("a");
  CHECK(world.fs.group_of("/log/a") == 7);
  CHECK(world.fs.group_of("/log") == 7);
}
