// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "query/cursor_text.h"
#include "query_logs.h"

using namespace logd;
using namespace logd::tests;

namespace {

WallTime at(std::uint64_t tick) { return *parse_time(time_of(tick)); }

LogCursors some_cursors() {
  LogCursors cursors;
  cursors["web@2"] = {{{12, 3456}, at(42)}, {}};
  cursors["web@2"].unended[1] = RecordPlace{{11, 100}, at(7)};
  cursors["api"] = {};
  return cursors;
}

}  // namespace

TEST_CASE("cursor_text: is read back, and documented so", "[query]") {
  const std::string text = cursor_text(some_cursors());
  CHECK(text ==
        "logctl-cursors 1\n"
        "api last 0 0 1970-01-01T00:00:00.000000000Z\n"
        "web@2 last 12 3456 2026-11-21T22:17:00.000000042Z\n"
        "web@2 stderr 11 100 2026-11-21T22:17:00.000000007Z\n"
        "end\n");
  CHECK(parse_cursor_text(text).value() == some_cursors());
  CHECK(parse_cursor_text(cursor_text({})).value().empty());
}

TEST_CASE("parse_cursor_text: refuses what is not whole", "[query]") {
  const std::string text = cursor_text(some_cursors());
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    CAPTURE(bytes);
    CHECK_FALSE(parse_cursor_text(text.substr(0, bytes)));
  }
  CHECK_FALSE(parse_cursor_text(text + "\n"));
  CHECK_FALSE(parse_cursor_text(text + text));
  CHECK(parse_cursor_text("#!/bin/sh\nrm -rf x\n").error().message() == "is no cursor file");
  CHECK(parse_cursor_text("logctl-cursors 2\n").error().message() ==
        "is of another version of logctl");
}

TEST_CASE("parse_cursor_text: refuses lines that cursor_text() does not write", "[query]") {
  const std::string time = "2026-11-21T22:17:00.000000042Z";
  const std::vector<std::string> lines = {"",
                                          "web",
                                          "../web last 1 0 " + time,
                                          "web last -1 0 " + time,
                                          "web last 1 x " + time,
                                          "web last 1 99999999999999999999 " + time,
                                          "web last 1 0 ",
                                          "web last 1 0 " + time + " ",
                                          "web last 1 0 2026-11-21T22:17:00.000000042",
                                          "web first 1 0 " + time,
                                          "web stdout 1 0 " + time,
                                          "web  last 1 0 " + time};
  for (const std::string& line : lines) {
    CAPTURE(line);
    const auto parsed = parse_cursor_text("logctl-cursors 1\n" + line + "\nend\n");
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message() == "is damaged in line 2");
  }
  const std::string good = "web last 1 0 " + time + "\n";
  const std::string piece = "web stdout 1 0 " + time + "\n";
  CHECK(parse_cursor_text("logctl-cursors 1\n" + good + piece + "end\n"));
  CHECK_FALSE(parse_cursor_text("logctl-cursors 1\n" + good + good + "end\n"));
  CHECK_FALSE(parse_cursor_text("logctl-cursors 1\n" + good + piece + piece + "end\n"));
}
