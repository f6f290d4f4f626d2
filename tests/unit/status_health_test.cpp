// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "logd/record.h"
#include "status/health.h"
#include "status/status_json.h"

using namespace logd;

TEST_CASE("health: the whole is as its worst check", "[status]") {
  Health health;
  CHECK(health.level() == HealthLevel::ok);
  health.check("disk");
  CHECK(health.level() == HealthLevel::ok);
  health.check("drops").find(HealthLevel::degraded, "web: lines were dropped");
  CHECK(health.level() == HealthLevel::degraded);
  CHECK(can_store(health));
  health.check("disk").find(HealthLevel::failing, "web: disk full");
  health.check("disk").find(HealthLevel::degraded, "little is free");
  CHECK(health.level() == HealthLevel::failing);
  CHECK_FALSE(can_store(health));
  CHECK(health.checks.size() == 2);
}

TEST_CASE("health: of many details the first are told", "[status]") {
  HealthCheck check("disk");
  CHECK(check.detail().empty());
  for (const char* log : {"a", "b", "c", "d", "e"}) check.find(HealthLevel::degraded, log);
  CHECK(check.detail() == "a; b; c; and 2 more");
  CHECK(check.details.size() == 5);
}

TEST_CASE("health: is read back from its JSON", "[status]") {
  Health health;
  health.version = "1.2.3";
  health.uptime_s = 4.5;
  health.since = parse_time("2026-11-22T09:00:00.000000001").value();
  health.check("writes").find(HealthLevel::failing, "web: \xff");
  health.check("drops");
  const std::string json = encode_health(health);
  CHECK(json.find(R"("since":"2026-11-22T09:00:00.000000001Z")") != std::string::npos);
  CHECK(json.find(R"("status":"failing")") != std::string::npos);
  const Health read = parse_health(json).value();
  CHECK(read.level() == HealthLevel::failing);
  CHECK(read.since == health.since);
  CHECK(read.version == "1.2.3");
  REQUIRE(read.checks.size() == 2);
  CHECK(read.checks[0].detail() == "web: \xef\xbf\xbd");
  CHECK(read.checks[1].level == HealthLevel::ok);
  CHECK_FALSE(parse_health("nonsense"));
}
