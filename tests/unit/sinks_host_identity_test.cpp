// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cerrno>

#include "fakes/fake_file_system.h"
#include "sinks/host_identity.h"

using namespace logd;
using fakes::Call;

namespace {

struct Stop {};

bool is_made(const std::string& id) {
  return id.size() == 16 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

TEST_CASE("host id: of the machine, without telling its id, or random", "[sinks]") {
  const std::string machine_id = "0123456789abcdef0123456789abcdef";
  // printf %s logd0123456789abcdef0123456789abcdef | sha256sum | cut -c-16
  CHECK(make_host_id(machine_id + "\n") == "c5e6ac8acf3c80ed");
  CHECK(make_host_id(machine_id) == "c5e6ac8acf3c80ed");
  for (const char* text : {"", "\n", "uninitialized\n", "0123"}) {
    const std::string id = make_host_id(text);
    CHECK(is_made(id));
    CHECK(make_host_id(text) != id);
  }
}

TEST_CASE("host id: made once and kept", "[sinks]") {
  fakes::FakeFileSystem files;
  files.make_directory("/ship");
  auto directory = files.open_directory("/ship").value();
  const HostIdentity first = host_identity(*directory, "").value();
  CHECK(is_made(first.id));
  CHECK_FALSE(first.name.empty());
  CHECK(files.contents("/ship/host_id") == first.id + "\n");
  files.put("/ship/host_id", "kept-by-hand_1.x\n");
  CHECK(host_identity(*directory, "").value().id == "kept-by-hand_1.x");
  // What no logd wrote is no id.
  for (const std::string& text : {std::string(), std::string("a b\n"), std::string("../x\n"),
                                  std::string(65, 'x'), std::string("a\0b\n", 4)}) {
    files.put("/ship/host_id", text);
    CHECK(is_made(host_identity(*directory, "").value().id));
    CHECK(files.contents("/ship/host_id").size() == 17);
  }
}

TEST_CASE("host id: a configured one is taken as it is, and not stored", "[sinks]") {
  fakes::FakeFileSystem files;
  files.make_directory("/ship");
  auto directory = files.open_directory("/ship").value();
  CHECK(host_identity(*directory, "web-17.prod").value().id == "web-17.prod");
  CHECK(files.list("/ship").empty());
  for (const std::string& id : {std::string("a/b"), std::string("a b"), std::string(65, 'x')})
    CHECK(host_identity(*directory, id).error().code == ErrorCode::invalid);
}

TEST_CASE("host id: after a stop at any step, and a power cut, there is a whole one", "[sinks]") {
  for (int steps = 1;; ++steps) {
    fakes::FakeFileSystem files;
    files.make_directory("/ship");
    int step = 0;
    files.on_step = [&](std::string_view) {
      if (++step == steps) throw Stop();
    };
    bool is_stopped = false;
    try {
      auto directory = files.open_directory("/ship").value();
      const auto made = host_identity(*directory, "");  // CHECK would catch the stop
      CHECK(made);
    } catch (const Stop&) {
      is_stopped = true;
    }
    files.on_step = nullptr;
    files.crash();
    // After a success it has survived.
    if (!is_stopped) CHECK(files.contents("/ship/host_id").size() == 17);
    auto directory = files.open_directory("/ship").value();
    const auto id = host_identity(*directory, "");
    REQUIRE(id);
    CHECK(is_made(id->id));
    CHECK(files.list("/ship") == std::vector<std::string>{"host_id"});
    if (!is_stopped) break;
    REQUIRE(steps < 100);
  }
}

TEST_CASE("host id: a disk that fails is said", "[sinks]") {
  fakes::FakeFileSystem files;
  files.make_directory("/ship");
  auto directory = files.open_directory("/ship").value();
  for (const Call call : {Call::create_file, Call::write, Call::sync_data, Call::rename}) {
    files.fail_call(call, ENOSPC);
    CHECK(host_identity(*directory, "").error().code == ErrorCode::no_space);
    CHECK_FALSE(files.exists("/ship/host_id"));
  }
  CHECK(host_identity(*directory, ""));
}
