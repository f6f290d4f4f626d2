// Alerts: when they fire, what they say.
// SPDX-License-Identifier: Apache-2.0
#include "alert/alert.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "alert/alert_window.h"
#include "alert/health_alerts.h"

namespace logd {
namespace {

using namespace std::chrono_literals;
using Verdict = AlertWindow::Verdict;

WallTime wall(Nanoseconds since) { return WallTime(1795299420s + since); }
MonoTime mono(Nanoseconds since) { return MonoTime(since); }

HealthCheck check(const char* name, HealthLevel level) {
  HealthCheck made(name);
  if (level != HealthLevel::ok) made.find(level, "why");
  return made;
}

Health health_of(std::vector<HealthCheck> checks) {
  Health health;
  health.checks = std::move(checks);
  return health;
}

Config with(const std::string& name, const AlertConfig& alert) {
  Config config;
  config.alerts[name] = alert;
  return config;
}

AlertConfig sick(const char* health, std::chrono::milliseconds cooldown = 60s) {
  AlertConfig config;
  config.health = health;
  config.cooldown = cooldown;
  return config;
}

// The states of what is told, and the names of the checks.
std::string told(const std::vector<Alert>& alerts) {
  std::string text;
  for (const Alert& alert : alerts) {
    text += alert.name + " " + std::string(word_of(alert.state));
    for (const HealthCheck& one : alert.checks) text += " " + one.name;
    text += ";";
  }
  return text;
}

}  // namespace

TEST_CASE("a window fires with the line that makes them enough", "[alert]") {
  const AlertWindow::Limits limits{3, 10s, 0s};
  AlertWindow window;
  CHECK(window.add(wall(0s), mono(0s), limits) == Verdict::counted);
  CHECK(window.add(wall(1s), mono(0s), limits) == Verdict::counted);
  CHECK(window.add(wall(10s), mono(0s), limits) == Verdict::fires);
  CHECK(window.add(wall(10s), mono(0s), limits) == Verdict::counted);  // begins anew
}

TEST_CASE("lines that lie further apart than the window are not enough", "[alert]") {
  const AlertWindow::Limits limits{2, 10s, 0s};
  AlertWindow window;
  CHECK(window.add(wall(0s), mono(0s), limits) == Verdict::counted);
  CHECK(window.add(wall(10s + 1ns), mono(0s), limits) == Verdict::counted);
  CHECK(window.add(wall(20s), mono(0s), limits) == Verdict::fires);
}

TEST_CASE("the cool-down goes by the clock that never steps, and counts", "[alert]") {
  const AlertWindow::Limits limits{1, 10s, 60s};
  AlertWindow window;
  CHECK(window.add(wall(0s), mono(0s), limits) == Verdict::fires);
  CHECK(window.add(wall(1000s), mono(59s), limits) == Verdict::suppressed);
  CHECK(window.add(wall(-1000s), mono(59s), limits) == Verdict::suppressed);
  CHECK(window.add(wall(0s), mono(60s), limits) == Verdict::fires);
  CHECK(window.take_suppressed() == 2);
  CHECK(window.take_suppressed() == 0);
}

TEST_CASE("health fires once, again after the cool-down, and is resolved once", "[alert]") {
  HealthAlerts alerts;
  alerts.follow(with("sick", sick("degraded", 60s)));
  const Health good = health_of({check("disk", HealthLevel::ok)});
  const Health bad =
      health_of({check("disk", HealthLevel::failing), check("syncs", HealthLevel::ok)});
  CHECK(told(alerts.look(good, wall(0s), mono(0s))).empty());
  CHECK(told(alerts.look(bad, wall(5s), mono(5s))) == "sick firing disk;");
  CHECK(told(alerts.look(bad, wall(10s), mono(10s))).empty());
  CHECK(told(alerts.look(bad, wall(65s), mono(65s))) == "sick firing disk;");
  CHECK(told(alerts.look(good, wall(70s), mono(70s))) == "sick resolved;");
  CHECK(told(alerts.look(good, wall(75s), mono(75s))).empty());
}

TEST_CASE("health that comes and goes is told once a cool-down", "[alert]") {
  HealthAlerts alerts;
  alerts.follow(with("sick", sick("degraded", 60s)));
  const Health good = health_of({check("disk", HealthLevel::ok)});
  const Health bad = health_of({check("disk", HealthLevel::degraded)});
  CHECK(told(alerts.look(bad, wall(0s), mono(0s))) == "sick firing disk;");
  CHECK(told(alerts.look(good, wall(5s), mono(5s))) == "sick resolved;");
  CHECK(told(alerts.look(bad, wall(10s), mono(10s))).empty());
  CHECK(told(alerts.look(good, wall(15s), mono(15s))).empty());
  CHECK(told(alerts.look(bad, wall(60s), mono(60s))) == "sick firing disk;");
}

TEST_CASE("without a cool-down what lasts is told once", "[alert]") {
  HealthAlerts alerts;
  alerts.follow(with("sick", sick("degraded", 0s)));
  const Health bad = health_of({check("disk", HealthLevel::degraded)});
  CHECK(told(alerts.look(bad, wall(0s), mono(0s))) == "sick firing disk;");
  CHECK(told(alerts.look(bad, wall(5s), mono(5s))).empty());
  CHECK(told(alerts.look(health_of({}), wall(10s), mono(10s))) == "sick resolved;");
  CHECK(told(alerts.look(bad, wall(15s), mono(15s))) == "sick firing disk;");
}

TEST_CASE("an alert is about its checks and its level", "[alert]") {
  HealthAlerts alerts;
  AlertConfig config = sick("failing");
  config.checks = {"disk", "writes"};
  alerts.follow(with("disk", config));
  const auto look = [&](std::vector<HealthCheck> checks) {
    return told(alerts.look(health_of(std::move(checks)), wall(0s), mono(0s)));
  };
  CHECK(look({check("disk", HealthLevel::degraded)}).empty());
  CHECK(look({check("syncs", HealthLevel::failing)}).empty());
  CHECK(look({check("syncs", HealthLevel::failing), check("writes", HealthLevel::failing)}) ==
        "disk firing writes;");
}

TEST_CASE("that an alert cannot be told is no alert", "[alert]") {
  HealthAlerts alerts;
  alerts.follow(with("any", sick("degraded")));
  CHECK(
      alerts.look(health_of({check("alerts", HealthLevel::degraded)}), wall(0s), mono(0s)).empty());
}

TEST_CASE("a reload forgets what was told only of other checks", "[alert]") {
  HealthAlerts alerts;
  const AlertConfig config = sick("degraded", 60s);
  alerts.follow(with("sick", config));
  const Health bad = health_of({check("disk", HealthLevel::degraded)});
  CHECK(alerts.look(bad, wall(0s), mono(0s)).size() == 1);
  alerts.follow(with("sick", config));
  CHECK(alerts.look(bad, wall(5s), mono(5s)).empty());
  alerts.follow(with("sick", sick("degraded", 30s)));
  CHECK(alerts.look(bad, wall(10s), mono(10s)).empty());
  CHECK(alerts.look(bad, wall(30s), mono(30s)).size() == 1);
  AlertConfig other = sick("degraded", 60s);
  other.checks = {"disk"};
  alerts.follow(with("sick", other));
  CHECK(alerts.look(bad, wall(35s), mono(35s)).size() == 1);
  alerts.follow(Config());
  CHECK(alerts.is_empty());
}

TEST_CASE("a message is JSON whatever the lines hold", "[alert]") {
  Alert alert;
  alert.name = "a";
  alert.time = wall(0s);
  alert.condition = "a line";
  alert.log = LogName{"web", 2};
  alert.suppressed = 3;
  alert.records = {R"({"process":"web","message":"one"})", "no json"};
  alert.texts = {"one", "\xff\"two\""};
  const auto json = nlohmann::json::parse(message_of(alert, "host"));
  CHECK(json["lines"][0]["message"] == "one");
  CHECK(json["instance"] == 2);
  CHECK(json["suppressed"] == 3);
  const std::string text = json["text"];
  CHECK(text.starts_with("[host] a: web@2: a line (3 more since the last alert)\n```\none\n"));
}

TEST_CASE("a chat gets the newest lines that it can show", "[alert]") {
  Alert alert;
  alert.log = LogName{"web", kNoInstance};
  for (int i = 0; i < 100; ++i) alert.texts.push_back(std::to_string(i) + std::string(500, 'x'));
  const std::string text = nlohmann::json::parse(message_of(alert, "host"))["text"];
  CHECK(text.size() < 3500);
  CHECK(text.find("\n99x") != std::string::npos);
  CHECK(text.find("\n90x") == std::string::npos);
}

}  // namespace logd
