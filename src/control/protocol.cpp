// SPDX-License-Identifier: Apache-2.0
#include "control/protocol.h"

#include <nlohmann/json.hpp>

namespace logd::control {
namespace {

using Json = nlohmann::json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Parses `text` and fills in a T by `read`; what the library throws becomes an Error.
template <typename T, typename Read>
Result<T> parse(std::string_view text, const char* what, std::size_t max_bytes, Read read) {
  if (text.size() > max_bytes) {
    return fail(ErrorCode::limit,
                std::string(what) + " is longer than " + std::to_string(max_bytes >> 20) + " MiB");
  }
  try {
    const Json json = Json::parse(text);
    if (!json.is_object()) {
      return fail(ErrorCode::invalid, std::string(what) + " is not a JSON object");
    }
    T value;
    read(json, value);
    return value;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::invalid, std::string(what) + ": " + error.what());
  }
}

void read_log_result(const Json& json, LogResult& to) {
  to.log = json.at("log").get<std::string>();
  to.records = json.value("records", std::uint64_t{0});
  to.bytes = json.value("bytes", std::uint64_t{0});
  to.changed = json.value("changed", false);
  to.error = json.value("error", std::string());
}

Json to_json(const LogResult& result) {
  Json json{{"log", result.log},
            {"records", result.records},
            {"bytes", result.bytes},
            {"changed", result.changed}};
  if (!result.error.empty()) json["error"] = result.error;
  return json;
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

void read_pruned(const Json& json, PruneResult& to) {
  to.log = json.at("log").get<std::string>();
  to.segment = json.at("segment").get<std::uint64_t>();
  to.bytes = json.value("bytes", std::uint64_t{0});
  to.reason = json.value("reason", std::string());
  to.text = json.value("text", std::string());
  to.error = json.value("error", std::string());
}

Json to_json(const PruneResult& segment) {
  Json json{{"log", segment.log},
            {"segment", segment.segment},
            {"bytes", segment.bytes},
            {"reason", segment.reason},
            {"text", segment.text}};
  if (!segment.error.empty()) json["error"] = segment.error;
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

}  // namespace

std::string encode_request(const Request& request) {
  Json json{{"v", request.version}, {"verb", request.verb}, {"names", request.names}};
  if (request.dry_run) json["dry_run"] = true;
  if (request.archives) json["archives"] = true;
  return dump(json) + '\n';
}

Result<Request> parse_request(std::string_view line) {
  Result<Request> request =
      parse<Request>(line, "request", kMaxRequestBytes, [](const Json& json, Request& to) {
        to.version = json.at("v").get<int>();
        if (to.version != kVersion) return;  // its other members may mean anything
        to.verb = json.at("verb").get<std::string>();
        to.names = json.value("names", std::vector<std::string>());
        to.dry_run = json.value("dry_run", false);
        to.archives = json.value("archives", false);
      });
  if (request && request->version != kVersion) {
    return fail(ErrorCode::invalid, "request: version " + std::to_string(request->version) +
                                        " is not known, only " + std::to_string(kVersion));
  }
  return request;
}

std::string encode_response(const Response& response) {
  Json json{{"ok", response.ok}};
  if (!response.error_code.empty()) json["error"] = response.error_code;
  if (!response.message.empty()) json["message"] = response.message;
  if (!response.logs.empty()) {
    Json& logs = json["logs"] = Json::array();
    for (const LogResult& log : response.logs) logs.push_back(to_json(log));
  }
  if (!response.pruned.empty()) {
    Json& pruned = json["pruned"] = Json::array();
    for (const PruneResult& segment : response.pruned) pruned.push_back(to_json(segment));
  }
  if (!response.status_json.empty()) {
    json["status"] = Json::parse(response.status_json, nullptr, /*allow_exceptions=*/false);
  }
  std::string line = dump(json) + '\n';
  if (line.size() <= kMaxResponseBytes) return line;
  return encode_response(failure(kLimit, "the answer would be too long: ask about fewer logs"));
}

Result<Response> parse_response(std::string_view line) {
  return parse<Response>(line, "response", kMaxResponseBytes, [](const Json& json, Response& to) {
    to.ok = json.at("ok").get<bool>();
    to.error_code = json.value("error", std::string());
    to.message = json.value("message", std::string());
    if (const auto logs = json.find("logs"); logs != json.end()) {
      for (const Json& log : *logs) read_log_result(log, to.logs.emplace_back());
    }
    if (const auto pruned = json.find("pruned"); pruned != json.end()) {
      for (const Json& segment : *pruned) read_pruned(segment, to.pruned.emplace_back());
    }
    if (const auto status = json.find("status"); status != json.end()) {
      to.status_json = dump(*status);
    }
  });
}

std::string encode_status(const DaemonStatus& status) {
  Json processes = Json::array();
  for (const ProcessStatus& process : status.processes) processes.push_back(to_json(process));
  return dump(Json{{"pid", status.pid},
                   {"version", status.version},
                   {"uptime_s", status.uptime_s},
                   {"state", status.state},
                   {"log_dir", status.log_dir},
                   {"run_dir", status.run_dir},
                   {"space", to_json(status.space)},
                   {"archives", to_json(status.archives)},
                   {"masking", to_json(status.masking)},
                   {"deleted", status.deleted},
                   {"processes", std::move(processes)},
                   {"messages", status.messages}});
}

Result<DaemonStatus> parse_status(std::string_view json_text) {
  const auto read = [](const Json& json, DaemonStatus& to) {
    to.pid = json.at("pid").get<std::int64_t>();
    to.version = json.at("version").get<std::string>();
    to.uptime_s = json.at("uptime_s").get<double>();
    to.state = json.at("state").get<std::string>();
    to.log_dir = json.at("log_dir").get<std::string>();
    to.run_dir = json.at("run_dir").get<std::string>();
    read_space(json.value("space", Json::object()), to.space);
    read_archiving(json.value("archives", Json::object()), to.archives);
    read_masking(json.value("masking", Json::object()), to.masking);
    to.deleted = json.value("deleted", std::map<std::string, std::uint64_t>());
    for (const Json& process : json.at("processes")) {
      read_process(process, to.processes.emplace_back());
    }
    to.messages = json.at("messages").get<std::vector<std::string>>();
  };
  return parse<DaemonStatus>(json_text, "status", kMaxResponseBytes, read);
}

}  // namespace logd::control
