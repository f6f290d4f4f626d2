// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/posix_file_system.h"

using namespace logd;

namespace {

struct World {
  std::filesystem::path folder;
  PosixFileSystem fs;
  std::unique_ptr<Directory> directory;

  World() {
    std::string pattern = (std::filesystem::temp_directory_path() / "logd-files-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder = pattern;
    directory = fs.open_directory(folder).value();
  }
  ~World() { std::filesystem::remove_all(folder); }

  std::unique_ptr<File> create(const std::string& name) {
    return directory->open_file(name, OpenMode::create_new).value();
  }
  mode_t mode_of(const std::string& name) const {
    struct stat found {};
    REQUIRE(::stat((folder / name).c_str(), &found) == 0);
    return found.st_mode & 07777;
  }
};

std::string read_all(File& file) {
  std::string text(100, '?');
  text.resize(file.read_at(text.data(), text.size(), 0).value());
  return text;
}

bool closes_on_exec(int fd) { return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; }

}  // namespace

TEST_CASE("PosixFileSystem: a file's life", "[base]") {
  World world;
  auto file = world.create("a.log");
  CHECK(file->write_at("hello", 0).value() == 5);
  CHECK(file->write_at("J", 0).value() == 1);
  CHECK(read_all(*file) == "Jello");
  REQUIRE(file->truncate(2));
  CHECK(read_all(*file) == "Je");
  CHECK(file->sync_data());
  CHECK(world.directory->sync());

  const FileStatus status = file->status().value();
  CHECK(status.bytes == 2);
  CHECK(status.links == 1);
  CHECK(status.is_regular);
  CHECK(world.directory->status_of("a.log").value().inode == status.inode);
  CHECK(world.directory->status().value().is_directory);

  REQUIRE(world.directory->rename("a.log", "b.log"));
  CHECK(world.directory->open_file("a.log", OpenMode::read).error().code == ErrorCode::not_found);
  CHECK(read_all(*world.directory->open_file("b.log", OpenMode::read).value()) == "Je");
  REQUIRE(world.directory->remove("b.log"));
  CHECK(file->status().value().links == 0);
  CHECK(read_all(*file) == "Je");
  CHECK(world.directory->remove("b.log").error().code == ErrorCode::not_found);
}

TEST_CASE("PosixFileSystem: a new name takes no file's place, a replacement only one", "[base]") {
  World world;
  std::ignore = world.create("new")->write_at("new", 0);
  std::ignore = world.create("old")->write_at("old", 0);
  Directory& directory = *world.directory;
  CHECK(directory.rename_new("new", "old").error().code == ErrorCode::exists);
  CHECK(directory.replace("new", "none").error().code == ErrorCode::not_found);
  CHECK(directory.replace("none", "old").error().code == ErrorCode::not_found);
  const auto old = directory.open_file("old", OpenMode::read).value();
  REQUIRE(directory.replace("new", "old"));
  CHECK(directory.list().value() == std::vector<std::string>{"old"});
  CHECK(read_all(*directory.open_file("old", OpenMode::read).value()) == "new");
  CHECK(read_all(*old) == "old");
  REQUIRE(directory.rename_new("old", "other"));
  CHECK(directory.list().value() == std::vector<std::string>{"other"});
}

TEST_CASE("PosixFileSystem: a file opened for appending grows at its end only", "[base]") {
  World world;
  auto file = world.directory->open_file("a.log", OpenMode::create_append).value();
  CHECK(file->write_at("hello\n", 0).value() == 6);
  REQUIRE(file->truncate(0));
  CHECK(file->write_at("there\n", 6).value() == 6);
  CHECK(read_all(*file) == "there\n");
  file = world.directory->open_file("a.log", OpenMode::append).value();
  CHECK(file->write_at("again\n", 0).value() == 6);
  CHECK(read_all(*file) == "there\nagain\n");
}

TEST_CASE("PosixFileSystem: modes do not depend on umask, descriptors do not leak", "[base]") {
  World world;
  const mode_t before = ::umask(0077);
  auto file = world.create("a");
  auto web = world.directory->open_directory("web", Create::yes);
  ::umask(before);
  REQUIRE(web);
  CHECK(world.mode_of("a") == 0640);
  CHECK(world.mode_of("web") == 0750);
  CHECK(closes_on_exec(file->descriptor()));
  CHECK(closes_on_exec((*web)->descriptor()));
  CHECK(closes_on_exec(world.directory->descriptor()));
}

TEST_CASE("PosixFileSystem: what exists is not made again", "[base]") {
  World world;
  world.create("a");
  CHECK(world.directory->open_file("a", OpenMode::create_new).error().code == ErrorCode::exists);
  CHECK(world.directory->open_directory("web", Create::no).error().code == ErrorCode::not_found);
  REQUIRE(world.directory->open_directory("web", Create::yes));
  std::filesystem::permissions(world.folder / "web", std::filesystem::perms::owner_all);
  REQUIRE(world.directory->open_directory("web", Create::yes));
  CHECK(world.mode_of("web") == 0700);
}

TEST_CASE("PosixFileSystem: links are not followed", "[base]") {
  World world;
  world.create("a");
  REQUIRE(world.directory->make_symlink("a", "link"));
  REQUIRE(world.directory->make_symlink(world.folder, "folder"));
  CHECK(world.directory->open_file("link", OpenMode::read).error().code == ErrorCode::io);
  CHECK(world.directory->open_file("link", OpenMode::read_write).error().sys_errno == ELOOP);
  CHECK_FALSE(world.directory->open_directory("folder", Create::no));
  CHECK_FALSE(world.directory->open_directory("folder", Create::yes));
  CHECK_FALSE(world.directory->status_of("link").value().is_regular);
  CHECK(world.directory->make_symlink("b", "link").error().code == ErrorCode::exists);
  CHECK(std::filesystem::read_symlink(world.folder / "link") == "a");
}

TEST_CASE("PosixFileSystem: names are single components", "[base]") {
  World world;
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("../a"), std::string("a/b"),
        std::string("/etc"), std::string("a\0b", 3)}) {
    INFO(bad);
    CHECK(world.directory->open_file(bad, OpenMode::read).error().code == ErrorCode::invalid);
    CHECK(world.directory->open_directory(bad, Create::yes).error().code == ErrorCode::invalid);
    CHECK(world.directory->remove(bad).error().code == ErrorCode::invalid);
    CHECK(world.directory->status_of(bad).error().code == ErrorCode::invalid);
    CHECK(world.directory->rename("a", bad).error().code == ErrorCode::invalid);
    CHECK(world.directory->make_symlink("a", bad).error().code == ErrorCode::invalid);
  }
}

TEST_CASE("PosixFileSystem: list tells every name, as often as asked", "[base]") {
  World world;
  for (const char* name : {"c", "a", ".hidden"}) world.create(name);
  for (int i = 0; i < 2; ++i) {
    std::vector<std::string> names = world.directory->list().value();
    std::sort(names.begin(), names.end());
    CHECK(names == std::vector<std::string>{".hidden", "a", "c"});
  }
}

TEST_CASE("PosixFileSystem: a FIFO in a file's place does not hold us up", "[base]") {
  World world;
  REQUIRE(::mkfifo((world.folder / "fifo").c_str(), 0600) == 0);
  const auto opened = world.directory->open_file("fifo", OpenMode::read);
  REQUIRE(opened);
  CHECK_FALSE((*opened)->status().value().is_regular);
}

TEST_CASE("PosixFileSystem: what is made in a directory gets its group", "[base]") {
  World world;
  const gid_t own = ::getegid();
  REQUIRE(world.directory->set_group(own));  // never refused
  if (::geteuid() != 0) return;              // only root may give files to other groups
  REQUIRE(world.directory->set_group(4711));
  world.create("a");
  auto web = world.directory->open_directory("web", Create::yes).value();
  auto inner = web->open_file("b", OpenMode::create_new).value();
  for (const char* path : {"", "a", "web", "web/b"}) {
    struct stat found {};
    REQUIRE(::stat((world.folder / path).c_str(), &found) == 0);
    CHECK(found.st_gid == 4711);
  }
}

TEST_CASE("PosixFileSystem: a full disk is no_space", "[base]") {
  PosixFileSystem fs;
  auto devices = fs.open_directory("/dev").value();
  auto full = devices->open_file("full", OpenMode::read_write).value();
  CHECK(full->write_at("x", 0).error().code == ErrorCode::no_space);
}

TEST_CASE("PosixFileSystem: open_directory follows links in its path, and needs a folder",
          "[base]") {
  World world;
  CHECK(world.fs.open_directory("/nowhere/at/all").error().code == ErrorCode::not_found);
  world.create("file");
  CHECK(world.fs.open_directory(world.folder / "file").error().sys_errno == ENOTDIR);
  std::filesystem::create_directory(world.folder / "real");
  std::filesystem::create_directory_symlink("real", world.folder / "alias");
  CHECK(world.fs.open_directory(world.folder / "alias"));
}

TEST_CASE("UniqueFd: closes once, and gives away", "[base]") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  UniqueFd read_end(ends[0]);
  {
    UniqueFd write_end(ends[1]);
    const UniqueFd moved = std::move(write_end);
    CHECK(moved.is_open());
    CHECK_FALSE(write_end.is_open());
  }
  char byte = 0;
  CHECK(::read(read_end.get(), &byte, 1) == 0);  // no write end is left
  const int released = read_end.release();
  CHECK_FALSE(read_end);
  CHECK(::fcntl(released, F_GETFD) >= 0);
  UniqueFd again(released);
  again.reset();
  CHECK(::fcntl(released, F_GETFD) == -1);
}
