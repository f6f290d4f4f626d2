// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "query/line_pattern.h"

using namespace logd;

namespace {

std::string pattern(std::string_view line) {
  std::string folded;
  append_pattern(folded, line);
  return folded;
}

}  // namespace

TEST_CASE("append_pattern: numbers", "[query]") {
  CHECK(pattern("took 12 of 1,000.5 at -3") == "took <num> of <num> at <num>");
  CHECK(pattern("in 12ms, 2.5ms and 1h30m") == "in <num>ms, <num>ms and <num>h<num>m");
  CHECK(pattern("worker-12 worker7 v1.2.3") == "worker-<num> worker<num> v<num>");
  CHECK(pattern("50% of 10/20 (5)") == "<num>% of <num>/<num> (<num>)");
  CHECK(pattern("a-1 x=-1") == "a-<num> x=<num>");
}

TEST_CASE("append_pattern: times", "[query]") {
  CHECK(pattern("2026-11-22T10:00:00.123Z up") == "<time> up");
  CHECK(pattern("[2026-11-22 10:00:00,123] up") == "[<time>] up");
  CHECK(pattern("2026/11/22 10:00:00+01:00 up") == "<time> up");
  CHECK(pattern("10:00:00 2026-11-22") == "<time> <time>");
}

TEST_CASE("append_pattern: ids, hex numbers and addresses", "[query]") {
  CHECK(pattern("id 123e4567-e89b-12d3-a456-426614174000.") == "id <uuid>.");
  CHECK(pattern("at 0x7ffe12 in 9f86d081884c7d65") == "at <hex> in <hex>");
  CHECK(pattern("req x7Gq2fA1 done") == "req <id> done");
  CHECK(pattern("from 10.0.0.1:8080 to 192.168.1.1") == "from <ip> to <ip>");
  CHECK(pattern("from ::1 and fe80::1ff:fe23:4567:890a, 2001:db8:0:0:0:0:0:1") ==
        "from <ip> and <ip>, <ip>");
  CHECK(pattern("mac aa:bb:cc:dd:ee:0f") == "mac <hex>");
  CHECK(pattern("std::string face::bad 1.2.3.4.5") == "std::string face::bad <num>");
  CHECK(pattern("deadbeef defaced") == "deadbeef defaced");
}

TEST_CASE("append_pattern: quotes, paths and URLs", "[query]") {
  CHECK(pattern("open \"/a/b c\": no such file") == "open <str>: no such file");
  CHECK(pattern("user 'ann' isn't there, don't") == "user <str> isn't there, don't");
  CHECK(pattern("say \"a \\\" b\" end \"open") == "say <str> end \"open");
  CHECK(pattern("GET /api/users/12?x=1 200") == "GET <path> <num>");
  CHECK(pattern("read /etc/passwd, C:\\x\\y and text/html") == "read <path>, <path> and text/html");
  CHECK(pattern("GET https://h:1/x?y=z failed (http://a)") == "GET <url> failed (<url>)");
  CHECK(pattern("a / b // c") == "a / b // c");
}

TEST_CASE("append_pattern: JSON and logfmt keep what says the kind of a line", "[query]") {
  CHECK(pattern(R"({"level":"info","msg":"user 12 in","user":"ann","n":7,"ok":true})") ==
        R"({"level":"info","msg":"user <num> in","user":<str>,"n":<num>,"ok":true})");
  CHECK(pattern("level=info msg=\"user 12 in\" user=\"ann\"") ==
        "level=info msg=\"user <num> in\" user=<str>");
  CHECK(pattern(R"({"msg":"say 'x' \"y\""})").find("say <str>") != std::string::npos);
}

TEST_CASE("append_pattern: spaces and colours do not count", "[query]") {
  CHECK(pattern("\x1b[32minfo\x1b[0m:   up \t x  \r") == "info: up x");
  CHECK(pattern("").empty());
  CHECK(pattern("   ").empty());
}

TEST_CASE("append_pattern: is bounded, and takes any bytes", "[query]") {
  const std::string cut = pattern(std::string(100'000, 'x') + " end");
  CHECK(cut == std::string(kMaxPatternBytes, 'x') + "...");
  std::mt19937 random(6);
  const std::vector<std::string> parts = {
      "\"", "'", "/", ":", "::",   "-",       "1",          "a",        "f",   "0x",  ".",
      "\\", " ", "=", "{", "\xff", "\x1b[1m", "9999-99-99", "99:99:99", "msg", "://", ","};
  for (int i = 0; i < 40'000; ++i) {
    std::string line;
    for (std::size_t k = random() % 40; k > 0; --k) line += parts[random() % parts.size()];
    REQUIRE(pattern(line).size() <= kMaxPatternBytes + 3);
  }
  for (const std::string part : {"\"", "'", "{\"msg\":\"", "a'", "1:", "\\"}) {
    std::string line;
    while (line.size() < 100'000) line += part;
    REQUIRE(pattern(line).size() <= kMaxPatternBytes + 3);
  }
}
