// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "query/level.h"

using namespace logd;

namespace {

std::string level(std::string_view line) {
  LineFields fields;
  fields.set_line(line);
  const auto found = level_of(fields, line);
  return found ? std::string(level_name(*found)) : "none";
}

}  // namespace

TEST_CASE("level_of: the member of a JSON line", "[query]") {
  CHECK(level(R"({"level":"error","msg":"x"})") == "error");
  CHECK(level(R"({"msg":"level info","level":"WARN"})") == "warn");
  CHECK(level(R"(  {"ts":1,"severity":"CRITICAL"})") == "fatal");
  CHECK(level(R"({"Level":"Information"})") == "info");
  CHECK(level(R"({"level":30,"pid":1})") == "info");  // pino
  CHECK(level(R"({"level":60})") == "fatal");
  CHECK(level(R"({"level":3})") == "error");  // syslog
  CHECK(level(R"({"log.level":"debug"})") == "debug");
  CHECK(level(R"({"@timestamp":"x","log":{"level":"warn"}})") == "warn");
  CHECK(level(R"({"levelname":"WARNING"})") == "warn");
  CHECK(level(R"({"level":"loud","severity":"error"})") == "error");
  CHECK(level(R"({"level":"error \u0041"})") == "none");
  CHECK(level("{\"level\":\"error\",\"msg\":\"caf\xe9\"}") == "error");
}

TEST_CASE("level_of: a JSON line without a level has none", "[query]") {
  CHECK(level(R"({"msg":"ERROR: no such file"})") == "none");
  CHECK(level(R"({"a":{"level":"error"}})") == "none");
  CHECK(level(R"({"level":null})") == "none");
  CHECK(level(R"({"level":["error"]})") == "none");
  CHECK(level(R"({"level":35})") == "none");
  CHECK(level(R"({"level":"error)") == "none");  // cut off
  CHECK(level("{") == "none");
  CHECK(level("{}") == "none");
}

TEST_CASE("level_of: the pair of a logfmt line", "[query]") {
  CHECK(level("level=info msg=\"an error\"") == "info");
  CHECK(level("time=\"2026-11-22T10:00:00Z\" level=warning msg=x") == "warn");
  CHECK(level("2026-11-22T10:00:00.123Z level=error msg=x") == "error");
  CHECK(level("ts=1 lvl=eror msg=\"level=info\"") == "error");
  CHECK(level("ts=1 msg=\"level=error\"") == "none");
  CHECK(level("GET /x?level=error") == "none");
  CHECK(level("/x?level=error") == "none");
  CHECK(level("the user set level=error in the form") == "none");
}

TEST_CASE("level_of: the leading token, as programs write it", "[query]") {
  CHECK(level("ERROR something") == "error");
  CHECK(level("ERROR") == "error");
  CHECK(level("INFO:root:started") == "info");
  CHECK(level("[error] something") == "error");
  CHECK(level("[WARN ] something") == "warn");
  CHECK(level("error: no such file") == "error");
  CHECK(level("npm WARN deprecated") == "none");  // not leading
  CHECK(level("\x1b[32minfo\x1b[39m: up") == "info");
  CHECK(level("\x1b[1;31mERROR\x1b[0m down") == "error");
  CHECK(level("<3>disk is on fire") == "error");
  CHECK(level("<30>systemd[1]: x") == "info");
  // Spring, logback, log4j, Python, nginx, PostgreSQL, Serilog, .NET, env_logger, tracing, zap,
  // klog, Ruby, Go's slog for people.
  CHECK(level("2026-11-22 10:00:00.123  INFO 1234 --- [main] c.e.App : x") == "info");
  CHECK(level("10:00:00.123 [main] WARN com.example.App - x") == "warn");
  CHECK(level("2026-11-22 10:00:00,123 - app.db - ERROR - x") == "error");
  CHECK(level("2026/11/22 10:00:00 [error] 123#0: *1 x") == "error");
  CHECK(level("2026-11-22 10:00:00.123 UTC [123] FATAL:  x") == "fatal");
  CHECK(level("[10:00:00 INF] x") == "info");
  CHECK(level("fail: Microsoft.Hosting[0]") == "error");
  CHECK(level("[2026-11-22T10:00:00Z INFO  my_crate] x") == "info");
  CHECK(level("2026-11-22T10:00:00.000000Z DEBUG my_crate: x") == "debug");
  CHECK(level("2026-11-22T10:00:00.000Z\tERROR\tcaller\tx") == "error");
  CHECK(level("E1122 10:00:00.123456    1 main.go:10] x") == "error");
  CHECK(level("W, [2026-11-22T10:00:00.123456 #1]  WARN -- : x") == "warn");
  CHECK(level("2026/11/22 10:00:00 INFO x") == "info");
  CHECK(level("2026-11-22 10:00:00 | ERROR | mod:fn:1 - x") == "error");
  CHECK(level("Nov 22 10:00:00 ERROR x") == "error");
  CHECK(level("[2026-11-22 10:00:00] [ERROR] x") == "error");
  CHECK(level("[2026-11-22 10:00:00] production.ERROR: x") == "none");
}

TEST_CASE("level_of: a word of the text is no level", "[query]") {
  for (const char* line : {"error opening the file",
                           "Error opening the file",
                           "no ERROR here",
                           "information: none",
                           "failed",
                           "warnings: 3",
                           "fatality",
                           "",
                           " ",
                           "[Error handling] x",
                           "[1] 2 3",
                           "TypeError: x",
                           "Fine weather",
                           "fine",
                           "ERRORS",
                           "E1122",
                           "E, [x",
                           "<3",
                           "<999>x",
                           "[",
                           "- ",
                           "| x",
                           "a-b: c",
                           "INFORMATIONAL x",
                           "10:00",
                           "2026-11-22",
                           "all is fine: no",
                           "[main]"}) {
    INFO(line);
    const std::string found = level(line);
    CHECK((found == "none" || std::string(line) == "information: none"));
  }
}

TEST_CASE("parse_level: names in any case, with a suggestion", "[query]") {
  CHECK(parse_level("warn").value() == Level::warn);
  CHECK(parse_level("WARNING").value() == Level::warn);
  CHECK(parse_level("critical").value() == Level::fatal);
  CHECK(Level::error > Level::warn);
  CHECK(parse_level("wran").error().message().ends_with("not 'wran'; did you mean warn?"));
  CHECK(parse_level("").error().code == ErrorCode::invalid);
  CHECK(parse_level("\x1b[2J").error().message().find('\x1b') == std::string::npos);
}

TEST_CASE("level_of: takes any bytes", "[query]") {
  std::mt19937 random(5);
  const std::vector<std::string> parts = {
      "[", "]", "ERROR",   " ", "level=", "{\"", "10:00", "\"", "}",    ":",   "\xff", "- ",
      "<", "|", "\x1b[1m", "=", "2026",   ",",   "E",     "\\", "warn", "log", "T",    "\0"};
  LineFields fields;
  for (int i = 0; i < 50'000; ++i) {
    std::string line;
    for (std::size_t k = random() % 12; k > 0; --k) line += parts[random() % parts.size()];
    fields.set_line(line);
    level_of(fields, line);
  }
  CHECK(level(std::string(100'000, '[')) == "none");
  CHECK(level("{\"a\":" + std::string(100'000, '[')) == "none");
}
