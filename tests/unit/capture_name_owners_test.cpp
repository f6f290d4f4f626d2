// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cerrno>

#include "capture/name_owners.h"
#include "fakes/fake_file_system.h"
#include "fakes/steps.h"

namespace logd {
namespace {

constexpr const char* kOwner = "/log/web/.owner";
constexpr std::uint32_t kApp = 1002, kOther = 1003, kRoot = 0;
const LogName kWeb{"web", kNoInstance};

// One life of a daemon with one log.
class Life {
 public:
  explicit Life(fakes::FakeFileSystem& fs, Config config = {})
      : config_(std::move(config)), owners_(config_) {
    fs.make_directory("/log/web");
    directory_ = fs.open_directory("/log/web").value();
    owners_.learn(kWeb, *directory_);
  }

  Result<void> admit(std::uint32_t uid) {
    LOGD_TRY(owners_.check(kWeb, uid));
    auto claimed = owners_.claim(kWeb, uid, *directory_);
    return claimed ? Result<void>() : Result<void>(fail(claimed.error()));
  }

 private:
  Config config_;
  std::unique_ptr<Directory> directory_;
  NameOwners owners_;
};

ErrorCode refusal(Result<void> admitted) {
  return admitted ? ErrorCode::exists : admitted.error().code;
}

}  // namespace

TEST_CASE("NameOwners: the first uid owns the name, also for the next daemon", "[capture]") {
  fakes::FakeFileSystem fs;
  Life first(fs);
  CHECK(first.admit(kApp));
  CHECK(refusal(first.admit(kOther)) == ErrorCode::permission);
  CHECK(first.admit(kRoot));
  CHECK(fs.contents(kOwner) == "1002\n");
  Life next(fs);
  CHECK(refusal(next.admit(kOther)) == ErrorCode::permission);
  CHECK(next.admit(kApp));
}

TEST_CASE("NameOwners: a kill at any step leaves nobody's name to somebody else", "[capture]") {
  fakes::Steps steps;
  for (std::size_t stop = 0;; ++stop) {
    fakes::FakeFileSystem fs;
    fs.make_directory("/log/web");
    steps.restart();
    steps.stop_at(stop);
    fs.on_step = steps.hook();
    bool was_admitted = false;
    try {
      Life life(fs);
      was_admitted = life.admit(kApp).has_value();
    } catch (const fakes::StopHere&) {
    }
    const std::size_t count = steps.count();
    steps.restart();
    fs.restart();
    INFO("stopped after step " << stop);
    const bool is_owned = fs.exists(kOwner);
    CHECK((!is_owned || fs.contents(kOwner) == "1002\n"));
    if (was_admitted) CHECK(is_owned);
    Life next(fs);
    CHECK(next.admit(kOther).has_value() != is_owned);
    if (is_owned) CHECK(next.admit(kApp));
    CHECK_FALSE(fs.exists("/log/web/.owner.tmp"));
    if (stop >= count) break;
  }
  CHECK(steps.count() == 0);
}

// Its lines could be stored, but after a start the name would be anybody's.
TEST_CASE("NameOwners: without room for .owner nobody is admitted", "[capture]") {
  for (const std::size_t room : {0, 3}) {
    fakes::FakeFileSystem fs;
    Life life(fs);
    fs.fail_next_write({.sys_errno = ENOSPC, .after_bytes = room});
    CHECK(refusal(life.admit(kApp)) == ErrorCode::no_space);
    CHECK_FALSE(fs.exists(kOwner));
    CHECK(life.admit(kOther));
  }
}

TEST_CASE("NameOwners: a damaged .owner leaves the name to root", "[capture]") {
  for (const char* contents : {"", "\n", "app\n", "1002 \n", "99999999999\n"}) {
    fakes::FakeFileSystem fs;
    fs.put(kOwner, contents);
    Life life(fs);
    CHECK(refusal(life.admit(kApp)) == ErrorCode::permission);
    CHECK(life.admit(kRoot));
    CHECK(refusal(life.admit(kApp)) == ErrorCode::permission);
    CHECK(fs.contents(kOwner) == contents);
  }
}

TEST_CASE("NameOwners: an .owner damaged since the start is repaired", "[capture]") {
  for (const char* contents : {"", "junk"}) {
    fakes::FakeFileSystem fs;
    Life life(fs);
    REQUIRE(life.admit(kApp));
    fs.put(kOwner, contents);
    CHECK(life.admit(kRoot));
    CHECK(fs.contents(kOwner) == "1002\n");
  }
}

TEST_CASE("NameOwners: allow_users of the defaults counts for every process", "[capture]") {
  Config config;
  config.defaults.allow_users = {"1003"};
  config.processes["own"] = {};
  config.processes["own"].allow_users = {"1004"};
  NameOwners owners(config);
  fakes::FakeFileSystem fs;
  for (const char* process : {"web", "own"}) {
    const LogName name{process, kNoInstance};
    fs.make_directory("/log/" + name.process);
    REQUIRE(owners.claim(name, kApp, **fs.open_directory("/log/" + name.process)));
  }
  CHECK(owners.check({"web", kNoInstance}, kOther));
  CHECK_FALSE(owners.check({"own", kNoInstance}, kOther));
  CHECK(owners.check({"own", kNoInstance}, 1004));
  CHECK_FALSE(owners.check({"web", kNoInstance}, 1005));
}

}  // namespace logd
