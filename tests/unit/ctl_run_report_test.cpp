// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "ctl/run_report.h"

using namespace logd;
using namespace std::chrono_literals;

namespace {

WallTime at(std::chrono::milliseconds since) { return WallTime(1'763'763'420s) + since; }

ShownRun run_of(const char* log, std::uint64_t number, Run::End end) {
  ShownRun shown{*parse_log_name(log), {}, {}};
  shown.run.number = number;
  shown.run.started = at(0ms);
  if (end != Run::End::none && end != Run::End::lost) shown.run.ended = at(90'500ms);
  shown.run.pid = 12;
  shown.run.uid = 0;
  shown.run.command = "node";
  shown.run.end = end;
  return shown;
}

}  // namespace

TEST_CASE("run_table: a row for each run, its last lines below", "[ctl]") {
  std::vector<ShownRun> runs;
  ShownRun old;
  old.log = *parse_log_name("web@0");
  runs.push_back(old);
  runs.push_back(run_of("db", 1, Run::End::exited));
  runs.push_back(run_of("web@10", 2, Run::End::killed));
  runs.back().run.signal = 9;
  runs.back().run.ended = at(7ms);
  runs.back().last_lines = {"22:17:00.000 | a\n", "22:17:00.001 ! b\n"};
  runs.push_back(run_of("web@10", 3, Run::End::exited));
  runs.back().run.code = 3;
  runs.push_back(run_of("web@10", 4, Run::End::unknown));
  runs.push_back(run_of("web@10", 5, Run::End::lost));
  runs.push_back(run_of("web@10", 6, Run::End::killed));
  runs.back().run.signal = 999;
  runs.push_back(run_of("web@10", 107, Run::End::none));
  CHECK(run_table(runs, Zone::utc, at(3'601'000ms)) ==
        "PROCESS  RUN  STARTED              ENDED                LASTED  END         PID  COMMAND\n"
        "web@0      -  not kept                                          running\n"
        "db         1  2025-11-21 22:17:00  2025-11-21 22:18:30  1m30s   exit 0       12  node\n"
        "web@10     2  2025-11-21 22:17:00  2025-11-21 22:17:00  7ms     SIGKILL      12  node\n"
        "  22:17:00.000 | a\n"
        "  22:17:00.001 ! b\n"
        "web@10     3  2025-11-21 22:17:00  2025-11-21 22:18:30  1m30s   exit 3       12  node\n"
        "web@10     4  2025-11-21 22:17:00  2025-11-21 22:18:30  1m30s   unknown      12  node\n"
        "web@10     5  2025-11-21 22:17:00                               lost         12  node\n"
        "web@10     6  2025-11-21 22:17:00  2025-11-21 22:18:30  1m30s   signal 999   12  node\n"
        "web@10   107  2025-11-21 22:17:00                       1h1s    running      12  node\n");
}

TEST_CASE("run_table: a clock that was set back makes no time negative", "[ctl]") {
  const std::vector<ShownRun> runs = {run_of("web", 1, Run::End::none)};
  CHECK(run_table(runs, Zone::utc, at(-5s)).find("  0s  ") != std::string::npos);
}

TEST_CASE("run_table, run_json: an event that nobody of ours wrote does no harm", "[ctl]") {
  std::vector<ShownRun> runs = {run_of("web", 1, Run::End::none)};
  runs[0].run.command = "a\x1b]0;b\x07\xff";
  CHECK(run_table(runs, Zone::utc, at(1s)).ends_with("  a\\x1b]0;b\\x07\\xff\n"));
  CHECK(run_json(runs).find("\"command\":\"a\\u001b]0;b\\u0007\xef\xbf\xbd\"") !=
        std::string::npos);
}

TEST_CASE("run_json: an object a line, null for what is not known", "[ctl]") {
  std::vector<ShownRun> runs = {run_of("web@3", 2, Run::End::exited)};
  runs[0].run.code = 3;
  runs[0].last_lines = {"{\"v\":1,\"message\":\"a\"}\n"};
  runs.emplace_back().log = *parse_log_name("db");
  CHECK(run_json(runs) ==
        R"({"v":1,"process":"web","instance":3,"run":2,)"
        R"("started":"2025-11-21T22:17:00.000000000Z","ended":"2025-11-21T22:18:30.500000000Z",)"
        R"("duration_s":90.5,"end":"exited","code":3,"signal":null,"pid":12,"uid":0,)"
        R"("command":"node","last_lines":[{"v":1,"message":"a"}]})"
        "\n"
        R"({"v":1,"process":"db","instance":null,"run":null,"started":null,"ended":null,)"
        R"("duration_s":null,"end":"running","code":null,"signal":null,"pid":null,"uid":null,)"
        R"("command":"","last_lines":[]})"
        "\n");
}
