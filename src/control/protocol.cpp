// SPDX-License-Identifier: Apache-2.0
#include "control/protocol.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "query/time_expression.h"

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

void read_change(const Json& json, ChangeResult& to) {
  to.section = json.value("section", std::string());
  to.key = json.at("key").get<std::string>();
  to.before = json.value("before", std::string());
  to.after = json.value("after", std::string());
  to.effect = json.value("effect", std::string());
}

Json to_json(const ChangeResult& change) {
  return {{"section", change.section},
          {"key", change.key},
          {"before", change.before},
          {"after", change.after},
          {"effect", change.effect}};
}

struct Member {
  const char* name;
  std::string Request::*text;
};
constexpr Member kTexts[] = {{"destination", &Request::destination},
                             {"action", &Request::action},
                             {"since", &Request::since},
                             {"until", &Request::until}};

}  // namespace

Result<WallTime> parse_request_time(std::string_view text) {
  std::int64_t nanoseconds = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, nanoseconds);
  if (error == std::errc() && rest == end) return WallTime(Nanoseconds(nanoseconds));
  const bool has_offset =
      text.ends_with('Z') || text.find_first_of("+-", 11) != std::string_view::npos;
  if (text.size() < 20 || !has_offset)
    return fail(ErrorCode::invalid, "\"" + std::string(text) + "\" is no time of RFC 3339");
  LOGD_TRY_ASSIGN(const TimeZone zone, TimeZone::find("UTC"));
  return parse_moment(text, TimeBound::since, WallTime(), zone);
}

std::string encode_request(const Request& request) {
  Json json{{"v", request.version}, {"verb", request.verb}, {"names", request.names}};
  if (request.dry_run) json["dry_run"] = true;
  if (request.archives) json["archives"] = true;
  for (const Member& member : kTexts)
    if (!(request.*member.text).empty()) json[member.name] = request.*member.text;
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
        for (const Member& member : kTexts)
          to.*member.text = json.value(member.name, std::string());
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
  if (!response.changes.empty()) {
    Json& changes = json["changes"] = Json::array();
    for (const ChangeResult& change : response.changes) changes.push_back(to_json(change));
  }
  if (!response.pruned.empty()) {
    Json& pruned = json["pruned"] = Json::array();
    for (const PruneResult& segment : response.pruned) pruned.push_back(to_json(segment));
  }
  if (!response.status_json.empty()) {
    json["status"] = Json::parse(response.status_json, nullptr, /*allow_exceptions=*/false);
  }
  if (!response.health_json.empty()) {
    json["health"] = Json::parse(response.health_json, nullptr, /*allow_exceptions=*/false);
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
    if (const auto changes = json.find("changes"); changes != json.end()) {
      for (const Json& change : *changes) read_change(change, to.changes.emplace_back());
    }
    if (const auto pruned = json.find("pruned"); pruned != json.end()) {
      for (const Json& segment : *pruned) read_pruned(segment, to.pruned.emplace_back());
    }
    if (const auto status = json.find("status"); status != json.end()) {
      to.status_json = dump(*status);
    }
    if (const auto health = json.find("health"); health != json.end()) {
      to.health_json = dump(*health);
    }
  });
}

}  // namespace logd::control
