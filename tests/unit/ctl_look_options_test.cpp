// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "ctl/filter_options.h"
#include "ctl/look_options.h"

using namespace logd;

namespace {

// What `arguments` make of the look of lines that go into a pipe.
struct Looked {
  explicit Looked(const std::vector<std::string>& arguments) {
    Options options("tail", "Shows lines");
    look_options.declare(options, "-o,--output");
    REQUIRE(options.parse(arguments));
    const UniqueFd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    look = look_options.settle(Config(), nowhere.get());
  }

  std::string error() const {
    REQUIRE_FALSE(look);
    CHECK(look.error().code == ErrorCode::invalid);
    return look.error().message();
  }

  LookOptions look_options;
  Result<LookOptions::Look> look = LookOptions::Look();
};

}  // namespace

TEST_CASE("LookOptions: what is printed where nothing is said", "[ctl]") {
  const Looked plain({});
  REQUIRE(plain.look);
  CHECK(plain.look->render.format == Format::short_form);
  CHECK_FALSE(plain.look->render.is_terminal);
  CHECK_FALSE(plain.look->render.is_coloured);
  CHECK(plain.look->show_name == ShowName::when_several);
  CHECK(plain.look->render.highlights.empty());
}

TEST_CASE("LookOptions: formats, names, colours and zones", "[ctl]") {
  const Looked all({"-o", "logfmt", "--prefix", "never", "--color=always", "--utc", "--highlight",
                    "a+", "--highlight", "b"});
  REQUIRE(all.look);
  CHECK(all.look->render.format == Format::logfmt);
  CHECK(all.look->show_name == ShowName::never);
  CHECK(all.look->render.is_coloured);
  CHECK(all.look->render.zone == Zone::utc);
  REQUIRE(all.look->render.highlights.size() == 1);
  CHECK(all.look->render.highlights[0]->matches("xb"));
  CHECK(Looked({"--json"}).look->render.format == Format::json);
  CHECK(Looked({"--raw", "-o", "iso"}).look->render.format == Format::raw);
}

TEST_CASE("LookOptions: says what is wrong", "[ctl]") {
  CHECK(Looked({"-o", "jsno"}).error().ends_with("did you mean json?"));
  CHECK(Looked({"--prefix", "alway"}).error() ==
        "--prefix is auto, always or never; did you mean always?");
  CHECK(Looked({"--color", "red"}).error() == "--color is auto, always or never");
  CHECK(Looked({"--highlight", "("}).error().starts_with("--highlight '(': missing )"));
  CHECK(Looked({"--tz", "Berlin"}).error().find("did you mean \"Europe/Berlin\"?") !=
        std::string::npos);
}

TEST_CASE("LineFilterOptions: make a filter of what was typed", "[ctl]") {
  LineFilterOptions filter_options;
  Options options("tail", "Shows lines");
  filter_options.declare_grep(options);
  filter_options.declare(options);
  REQUIRE(options.parse(
      {"-g", "refused", "-g", "timeout", "--level", "warn", "--where", "n>3", "--where", "m!=x"}));
  auto filter = filter_options.compile();
  REQUIRE(filter);
  CHECK(filter->matches("level=error n=5 m=y msg=timeout"));
  CHECK_FALSE(filter->matches("level=error n=2 m=y msg=timeout"));
  CHECK_FALSE(filter->matches("level=info n=5 m=y msg=timeout"));
}
