// SPDX-License-Identifier: Apache-2.0
#include "status/status_json.h"

#include <nlohmann/json.hpp>

#include "logd/record.h"

namespace logd {
namespace {

using Json = nlohmann::json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// What the library throws becomes an Error.
template <typename T, typename Read>
Result<T> parse(std::string_view text, const char* what, Read read) {
  try {
    T value;
    read(Json::parse(text), value);
    return value;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::invalid, std::string(what) + ": " + error.what());
  }
}

Json to_json(const Health& health) {
  Json checks = Json::array();
  for (const HealthCheck& check : health.checks)
    checks.push_back(
        {{"name", check.name}, {"status", word_of(check.level)}, {"detail", check.detail()}});
  return {{"status", word_of(health.level())},
          {"since", time_text(health.since) + "Z"},
          {"uptime_s", health.uptime_s},
          {"version", health.version},
          {"checks", std::move(checks)}};
}

HealthLevel level_of(const std::string& word) {
  if (word == word_of(HealthLevel::ok)) return HealthLevel::ok;
  return word == word_of(HealthLevel::degraded) ? HealthLevel::degraded : HealthLevel::failing;
}

void read_health(const Json& json, Health& to) {
  to.since =
      parse_time(json.value("since", std::string()).substr(0, kTimeDigits)).value_or(WallTime());
  to.uptime_s = json.value("uptime_s", 0.0);
  to.version = json.value("version", std::string());
  for (const Json& one : json.value("checks", Json::array())) {
    HealthCheck& check = to.check(one.at("name").get<std::string>());
    check.level = level_of(one.at("status").get<std::string>());
    const std::string detail = one.value("detail", std::string());
    if (!detail.empty()) check.details.push_back(detail);
  }
}

Json to_json(const DroppedStatus& dropped) {
  return {{"disk_full", dropped.disk_full},
          {"max_rate", dropped.max_rate},
          {"pipe_full", dropped.pipe_full}};
}

void read_dropped(const Json& json, DroppedStatus& to) {
  to.disk_full = json.value("disk_full", std::uint64_t{0});
  to.max_rate = json.value("max_rate", std::uint64_t{0});
  to.pipe_full = json.value("pipe_full", std::uint64_t{0});
}

Json to_json(const ProcessStatus& process) {
  Json json{{"name", process.name},
            {"instance", nullptr},
            {"runs", process.runs},
            {"lines", process.lines},
            {"err_lines", process.err_lines},
            {"bytes", process.bytes},
            {"masked", process.masked},
            {"cut", process.cut},
            {"dropped", to_json(process.dropped)},
            {"segments", process.segments},
            {"bytes_on_disk", process.bytes_on_disk},
            {"time_ahead_s", process.time_ahead_s},
            {"state", process.state}};
  if (process.instance != kNoInstance) json["instance"] = process.instance;
  return json;
}

Json to_json(const SpaceStatus& space) {
  return {{"logs_bytes", space.logs_bytes},
          {"disk_bytes", space.disk_bytes},
          {"free_bytes", space.free_bytes}};
}

void read_space(const Json& json, SpaceStatus& to) {
  to.logs_bytes = json.value("logs_bytes", std::uint64_t{0});
  to.disk_bytes = json.value("disk_bytes", std::uint64_t{0});
  to.free_bytes = json.value("free_bytes", std::uint64_t{0});
}

Json to_json(const RuleStatus& rule) {
  return {{"id", rule.id},           {"hits", rule.hits},
          {"masked", rule.masked},   {"rejected", rule.rejected},
          {"allowed", rule.allowed}, {"time_s", rule.time_s}};
}

Json to_json(const MaskingStatus& masking) {
  Json rules = Json::array();
  for (const RuleStatus& rule : masking.hit) rules.push_back(to_json(rule));
  return {{"rules", masking.rules},
          {"rule_count", masking.rule_count},
          {"bytes", masking.bytes},
          {"unverified", masking.unverified},
          {"hit", std::move(rules)}};
}

void read_masking(const Json& json, MaskingStatus& to) {
  to.rules = json.value("rules", std::string());
  to.rule_count = json.value("rule_count", std::uint64_t{0});
  to.bytes = json.value("bytes", std::uint64_t{0});
  to.unverified = json.value("unverified", std::uint64_t{0});
  for (const Json& one : json.value("hit", Json::array())) {
    RuleStatus rule;
    rule.id = one.value("id", std::string());
    rule.hits = one.value("hits", std::uint64_t{0});
    rule.masked = one.value("masked", std::uint64_t{0});
    rule.rejected = one.value("rejected", std::uint64_t{0});
    rule.allowed = one.value("allowed", std::uint64_t{0});
    rule.time_s = one.value("time_s", 0.0);
    to.hit.push_back(std::move(rule));
  }
}

Json to_json(const ArchivingStatus& archives) {
  return {{"waiting", archives.waiting}, {"made", archives.made}, {"failed", archives.failed}};
}

void read_archiving(const Json& json, ArchivingStatus& to) {
  to.waiting = json.value("waiting", std::uint64_t{0});
  to.made = json.value("made", std::uint64_t{0});
  to.failed = json.value("failed", std::uint64_t{0});
}

void read_process(const Json& json, ProcessStatus& to) {
  to.name = json.at("name").get<std::string>();
  const Json& instance = json.at("instance");
  to.instance = instance.is_null() ? kNoInstance : instance.get<int>();
  to.runs = json.at("runs").get<std::uint64_t>();
  to.lines = json.at("lines").get<std::uint64_t>();
  to.bytes = json.at("bytes").get<std::uint64_t>();
  to.err_lines = json.value("err_lines", std::uint64_t{0});
  to.masked = json.value("masked", std::uint64_t{0});
  to.cut = json.value("cut", std::uint64_t{0});
  if (const auto dropped = json.find("dropped"); dropped != json.end())
    read_dropped(*dropped, to.dropped);
  to.segments = json.at("segments").get<std::uint64_t>();
  to.bytes_on_disk = json.at("bytes_on_disk").get<std::uint64_t>();
  to.time_ahead_s = json.at("time_ahead_s").get<double>();
  to.state = json.at("state").get<std::string>();
}

Json to_json(const std::vector<ProcessStatus>& processes) {
  Json list = Json::array();
  for (const ProcessStatus& process : processes) list.push_back(to_json(process));
  return list;
}

}  // namespace

std::string encode_status(const DaemonStatus& status) {
  return dump(Json{{"pid", status.pid},
                   {"version", status.version},
                   {"uptime_s", status.uptime_s},
                   {"state", word_of(status.health.level())},
                   {"health", to_json(status.health)},
                   {"log_dir", status.log_dir},
                   {"run_dir", status.run_dir},
                   {"space", to_json(status.space)},
                   {"archives", to_json(status.archives)},
                   {"masking", to_json(status.masking)},
                   {"deleted", status.deleted},
                   {"processes", to_json(status.processes)},
                   {"messages", status.messages()}});
}

Result<DaemonStatus> parse_status(std::string_view json_text) {
  const auto read = [](const Json& json, DaemonStatus& to) {
    to.pid = json.at("pid").get<std::int64_t>();
    to.version = json.at("version").get<std::string>();
    to.uptime_s = json.at("uptime_s").get<double>();
    read_health(json.value("health", Json::object()), to.health);
    to.log_dir = json.at("log_dir").get<std::string>();
    to.run_dir = json.at("run_dir").get<std::string>();
    read_space(json.value("space", Json::object()), to.space);
    read_archiving(json.value("archives", Json::object()), to.archives);
    read_masking(json.value("masking", Json::object()), to.masking);
    to.deleted = json.value("deleted", std::map<std::string, std::uint64_t>());
    for (const Json& process : json.at("processes")) {
      read_process(process, to.processes.emplace_back());
    }
  };
  return parse<DaemonStatus>(json_text, "status", read);
}

std::string encode_health(const Health& health) { return dump(to_json(health)); }

Result<Health> parse_health(std::string_view json) {
  return parse<Health>(json, "health", read_health);
}

std::string encode_processes(const DaemonStatus& status) {
  return dump(Json{{"processes", to_json(status.processes)}});
}

}  // namespace logd
