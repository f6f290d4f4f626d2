// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>

#include "control/protocol.h"
#include "status/status_json.h"

using namespace logd;
using namespace logd::control;

TEST_CASE("protocol: a request is one line and is read back", "[control]") {
  Request request;
  request.verb = "flush";
  request.names = {"web", "api@2"};
  request.dry_run = true;
  request.archives = true;
  const std::string line = encode_request(request);
  CHECK(line.find('\n') == line.size() - 1);
  const Request parsed = parse_request(line).value();
  CHECK(parsed.verb == "flush");
  CHECK(parsed.names == request.names);
  CHECK(parsed.dry_run);
  CHECK(parsed.archives);
}

TEST_CASE("protocol: a request to a destination is read back", "[control]") {
  Request request;
  request.verb = "ship";
  request.destination = "central";
  request.action = "replay";
  request.names = {"web"};
  request.since = "1795299420000000001";
  request.until = "2026-11-22T10:00:00Z";
  const Request parsed = parse_request(encode_request(request)).value();
  CHECK(parsed.destination == "central");
  CHECK(parsed.action == "replay");
  CHECK(parsed.names == request.names);
  CHECK(parsed.since == request.since);
  CHECK(parsed.until == request.until);
  Request other;
  other.verb = "sync";
  CHECK(encode_request(other).find("since") == std::string::npos);
  CHECK_FALSE(parse_request(R"({"v":1,"verb":"ship","destination":7})"));
}

TEST_CASE("protocol: times of requests are nanoseconds or RFC 3339", "[control]") {
  const WallTime time{Nanoseconds(1795299420000000001)};
  CHECK(parse_request_time("1795299420000000001").value() == time);
  CHECK(parse_request_time("2026-11-21T22:17:00.000000001Z").value() == time);
  CHECK(parse_request_time("2026-11-21T23:17:00.000000001+01:00").value() == time);
  for (const char* text : {"", "10m", "2h", "yesterday", "2026-11-21", "2026-11-21T22:17:00",
                           "17952994200000000010000", "1795299420x", "run:1"}) {
    INFO(text);
    CHECK_FALSE(parse_request_time(text));
  }
}

TEST_CASE("protocol: what a request leaves out has its default", "[control]") {
  const Request parsed = parse_request(R"({"v":1,"verb":"sync","some_later_member":[1]})").value();
  CHECK(parsed.verb == "sync");
  CHECK(parsed.names.empty());
  CHECK_FALSE(parsed.dry_run);
  CHECK_FALSE(parsed.archives);
}

TEST_CASE("protocol: requests that are none are refused", "[control]") {
  for (const char* line : {
           "",
           "\n",
           "flush",
           "{",
           "[]",
           "null",
           "{}",
           R"({"v":1})",
           R"({"verb":"flush"})",
           R"({"v":"1","verb":"flush"})",
           R"({"v":1,"verb":7})",
           R"({"v":1,"verb":"flush","names":"web"})",
           R"({"v":1,"verb":"flush","names":[1]})",
           R"({"v":1,"verb":"flush","dry_run":"yes"})",
           R"({"v":1,"verb":"flush"} {"v":1})",
           "{\"v\":1,\"verb\":\"\xff\"}",
           R"({"v":2,"verb":"flush"})",
           R"({"v":2,"verb":{"anything":1}})",
       }) {
    INFO(line);
    const auto parsed = parse_request(line);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == ErrorCode::invalid);
  }
}

TEST_CASE("protocol: messages have a limit", "[control]") {
  const auto parsed = parse_request(std::string(kMaxRequestBytes + 1, ' '));
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == ErrorCode::limit);
}

TEST_CASE("protocol: deeply nested rubbish is refused, not followed", "[control]") {
  CHECK_FALSE(parse_request(std::string(500'000, '[')));
  CHECK_FALSE(parse_request(R"({"v":1,"verb":"sync","x":)" + std::string(400'000, '[')));
}

TEST_CASE("protocol: a response is read back with its logs", "[control]") {
  Response response;
  response.ok = true;
  response.logs = {{"web", 12, 345, true, ""}, {"api@2", 0, 0, false, "disk on fire"}};
  const std::string line = encode_response(response);
  CHECK(line.find('\n') == line.size() - 1);
  const Response parsed = parse_response(line).value();
  CHECK(parsed.ok);
  REQUIRE(parsed.logs.size() == 2);
  CHECK(parsed.logs[0].log == "web");
  CHECK(parsed.logs[0].records == 12);
  CHECK(parsed.logs[0].bytes == 345);
  CHECK(parsed.logs[0].changed);
  CHECK(parsed.logs[0].error.empty());
  CHECK(parsed.logs[1].error == "disk on fire");
  CHECK_FALSE(parsed.logs[1].changed);
}

TEST_CASE("protocol: what was pruned is read back", "[control]") {
  Response response;
  response.ok = true;
  response.pruned = {{"web", 7, 345, "retain", "retain = 1, and there were 2", ""},
                     {"api@2", 8, 1, "max_age", "", "disk on fire"}};
  const Response parsed = parse_response(encode_response(response)).value();
  REQUIRE(parsed.pruned.size() == 2);
  CHECK(parsed.pruned[0].log == "web");
  CHECK(parsed.pruned[0].segment == 7);
  CHECK(parsed.pruned[0].bytes == 345);
  CHECK(parsed.pruned[0].reason == "retain");
  CHECK(parsed.pruned[0].text == "retain = 1, and there were 2");
  CHECK(parsed.pruned[0].error.empty());
  CHECK(parsed.pruned[1].error == "disk on fire");
  CHECK_FALSE(parse_response(R"({"ok":true,"pruned":[{"log":"web"}]})"));
}

TEST_CASE("protocol: a failure says what and why", "[control]") {
  const Response parsed =
      parse_response(encode_response(failure(kPermission, "not \xff you\n"))).value();
  CHECK_FALSE(parsed.ok);
  CHECK(parsed.error_code == kPermission);
  CHECK(parsed.message == "not \xef\xbf\xbd you\n");
}

TEST_CASE("protocol: responses that are none are refused", "[control]") {
  CHECK_FALSE(parse_response("{}"));
  CHECK_FALSE(parse_response(R"({"ok":1})"));
  CHECK_FALSE(parse_response(R"({"ok":true,"logs":[{"records":1}]})"));
  CHECK_FALSE(parse_response(R"({"ok":true,"logs":{"a":1}})"));
}

TEST_CASE("protocol: a status is read back, through a response too", "[control]") {
  DaemonStatus status;
  status.pid = 4711;
  status.version = "0.1.0";
  status.uptime_s = 12.5;
  status.health.check("disk").find(HealthLevel::degraded, "the disk is full");
  status.log_dir = "/var/log/logd";
  status.run_dir = "/run/logd";
  status.space = {10, 20, 30};
  status.archives = {1, 2, 3};
  status.deleted = {{"retain", 4}, {"min_free", 5}};
  ProcessStatus process;
  process.name = "web";
  process.instance = 3;
  process.runs = 1;
  process.lines = 2;
  process.bytes = 3;
  process.segments = 4;
  process.bytes_on_disk = 5;
  process.cut = 6;
  process.dropped = {7, 8, 9};
  process.time_ahead_s = 0.25;
  process.state = "waiting";
  status.processes = {process, {}};
  status.processes[1].name = "api";

  Response response;
  response.ok = true;
  response.status_json = encode_status(status);
  CHECK(response.status_json.find('\n') == std::string::npos);
  const Response received = parse_response(encode_response(response)).value();
  const DaemonStatus parsed = parse_status(received.status_json).value();
  CHECK(parsed.pid == 4711);
  CHECK(parsed.version == "0.1.0");
  CHECK(parsed.uptime_s == 12.5);
  CHECK(parsed.health.level() == HealthLevel::degraded);
  CHECK(parsed.log_dir == "/var/log/logd");
  CHECK(parsed.run_dir == "/run/logd");
  CHECK(parsed.messages() == std::vector<std::string>{"the disk is full"});
  CHECK(parsed.space.logs_bytes == 10);
  CHECK(parsed.space.disk_bytes == 20);
  CHECK(parsed.space.free_bytes == 30);
  CHECK(parsed.archives.waiting == 1);
  CHECK(parsed.archives.made == 2);
  CHECK(parsed.archives.failed == 3);
  CHECK(parsed.deleted == status.deleted);
  REQUIRE(parsed.processes.size() == 2);
  CHECK(parsed.processes[0].name == "web");
  CHECK(parsed.processes[0].instance == 3);
  CHECK(parsed.processes[0].runs == 1);
  CHECK(parsed.processes[0].lines == 2);
  CHECK(parsed.processes[0].bytes == 3);
  CHECK(parsed.processes[0].segments == 4);
  CHECK(parsed.processes[0].bytes_on_disk == 5);
  CHECK(parsed.processes[0].cut == 6);
  CHECK(parsed.processes[0].dropped.max_rate == 8);
  CHECK(parsed.processes[0].dropped.all() == 24);
  CHECK(parsed.processes[0].time_ahead_s == 0.25);
  CHECK(parsed.processes[0].state == "waiting");
  CHECK(parsed.processes[1].instance == kNoInstance);
  CHECK_FALSE(parse_status("{}"));
  CHECK_FALSE(parse_status("nonsense"));
}

// Each log has some 200 bytes of it.
TEST_CASE("protocol: an answer about very many logs comes through", "[control]") {
  DaemonStatus status;
  Response response;
  response.ok = true;
  for (int i = 0; i < 20000; ++i) {
    status.processes.emplace_back().name = "a-process-with-quite-a-long-name-" + std::to_string(i);
    response.logs.emplace_back().log = status.processes.back().name;
  }
  response.status_json = encode_status(status);
  const std::string line = encode_response(response);
  CHECK(line.size() > 4 * kMaxRequestBytes);
  const auto parsed = parse_response(line);
  REQUIRE(parsed);
  CHECK(parsed->logs.size() == 20000);
  CHECK(parse_status(parsed->status_json).value().processes.size() == 20000);
}

TEST_CASE("protocol: an answer that would be too long says so", "[control]") {
  Response response;
  response.ok = true;
  response.logs.emplace_back().error = std::string(kMaxResponseBytes, 'x');
  const auto parsed = parse_response(encode_response(response));
  REQUIRE(parsed);
  CHECK_FALSE(parsed->ok);
  CHECK(parsed->error_code == kLimit);
}
