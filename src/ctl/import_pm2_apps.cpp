// SPDX-License-Identifier: Apache-2.0
#include "ctl/import_pm2_apps.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <vector>

#include "ctl/import_pm2_keys.h"
#include "logd/names.h"

namespace logd {
namespace {

using Json = nlohmann::ordered_json;

// Discarded if it is none, or nested so deep that to copy it would take all of the stack.
Json parse(const std::string& text) {
  constexpr int kMaxDepth = 100;
  bool is_too_deep = false;
  Json parsed = Json::parse(
      text,
      [&](int depth, Json::parse_event_t, const Json&) {
        is_too_deep = is_too_deep || depth > kMaxDepth;
        return !is_too_deep;
      },
      /*allow_exceptions=*/false, /*ignore_comments=*/true);
  return is_too_deep ? Json(Json::value_t::discarded) : parsed;
}

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_true(const Json& app, std::string_view key) {
  const auto found = app.find(key);
  return found != app.end() && found->is_boolean() && found->get<bool>();
}

std::string text_at(const Json& app, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const auto found = app.find(key);
    if (found != app.end() && !found->is_null()) return text_of(*found);
  }
  return "";
}

bool leads_nowhere(const std::string& path) { return path == "/dev/null" || path == "NULL"; }

// How PM2 names an application that has no name.
std::string name_of(const Json& app) {
  std::string name = text_at(app, {"name"});
  if (!name.empty()) return name;
  return std::filesystem::path(text_at(app, {"script", "pm_exec_path"})).stem().string();
}

// A name that logd takes, and PM2 would have taken for a file.
std::string process_name(std::string name) {
  for (char& c : name) {
    const std::string one(1, c);
    if (c != '.' && !is_process_name(one)) c = '-';
  }
  if (name.empty() || name.front() == '.') name.insert(0, "app");
  return name.substr(0, kMaxProcessNameBytes);
}

class AppImport {
 public:
  AppImport(const Json& app, ImportedConfig& to)
      : app_(app),
        to_(to),
        name_(name_of(app)),
        process_(process_name(name_)),
        is_dumped_(app.contains("pm_id")) {}

  const std::string& process() const { return process_; }

  void run() {
    if (process_ != name_) {
      to_.warn(name_.empty() ? "an application without a name" : name_,
               fmt::format("is no name of a process: it is '{}' here", process_));
    }
    tell_how_to_start();
    std::vector<std::string> others;
    for (const auto& [key, value] : app_.items()) take(key, value, others);
    if (others.empty()) return;
    std::string names;
    for (const std::string& other : others) names += (names.empty() ? "" : ", ") + other;
    note("other keys", "environment and state of PM2, not about logs: " + names);
  }

 private:
  void tell_how_to_start() {
    ImportedConfig::Table& table = to_.table(process_);
    const bool is_several = counts_instances();
    table.comments.push_back(
        is_several ? fmt::format("PM2: script: \"sh\", interpreter: \"none\", args: [\"-c\", 'exec "
                                 "logctl run --instance \"$NODE_APP_INSTANCE\" {} -- CMD']",
                                 process_)
                   : fmt::format("PM2: script: \"logctl\", interpreter: \"none\", args: [\"run\", "
                                 "\"{}\", \"--\", CMD…]",
                                 process_));
    table.comments.emplace_back(
        "with out_file and error_file: \"/dev/null\", kill_timeout: 8000; CMD is what it starts "
        "now");
  }

  void take(const std::string& key, const Json& value, std::vector<std::string>& others) {
    const Pm2Key* const known = find_pm2_key(key);
    if (known == nullptr) {
      if (is_dumped_ || key.starts_with("env")) {
        others.push_back(key);
      } else {
        warn(key, "PM2 knows no such key: dropped");
      }
      return;
    }
    switch (known->kind) {
      case Pm2KeyKind::output:
        return take_output(key, text_of(value));
      case Pm2KeyKind::merge:
        return take_merge(key);
      case Pm2KeyKind::instances:
        return take_instances(key, text_of(value));
      case Pm2KeyKind::mode:
        return take_mode(key, text_of(value));
      case Pm2KeyKind::disable:
        return take_disable(key);
      case Pm2KeyKind::trap:
        return warn(key, known->text);
      case Pm2KeyKind::told:
        return note(key, known->text);
    }
  }

  void take_output(const std::string& key, const std::string& path) {
    if (leads_nowhere(path)) {
      return warn(key, "kept nothing; under logctl run both streams are stored");
    }
    note(key,
         fmt::format("dropped: logd stores both streams in <log_dir>/{}; was {}", process_, path));
  }

  void take_merge(const std::string& key) {
    if (!is_true(app_, key)) return note(key, "as by default: each instance has a log of its own");
    if (!counts_instances()) return note(key, "dropped: there is one instance");
    auto& keys = to_.table(process_).keys;
    const std::string merged = "merge_instances = true";
    if (std::find(keys.begin(), keys.end(), merged) == keys.end()) keys.push_back(merged);
    warn(key,
         "taken as merge_instances = true, which merges instances, never stdout with stderr, and "
         "forgets who wrote what; without it logctl merges them as well when it shows them");
  }

  bool counts_instances() const {
    const std::string instances = text_at(app_, {"instances"});
    return !instances.empty() && instances != "1";
  }

  void take_instances(const std::string& key, const std::string& count) {
    if (!counts_instances()) return note(key, "stays with PM2");
    note(key, fmt::format("stays with PM2: {}; each gets a log by --instance "
                          "\"$NODE_APP_INSTANCE\"",
                          count));
  }

  void take_mode(const std::string& key, const std::string& mode) {
    if (!mode.starts_with("cluster")) return note(key, "stays with PM2");
    warn(key,
         "a cluster's workers cannot be put under logctl run: use fork mode, or FIFOs (fifo = "
         "true)");
  }

  void take_disable(const std::string& key) {
    if (!is_true(app_, key)) return note(key, "as by default");
    warn(key, "kept nothing; logd stores what is put under it: leave logctl run out");
  }

  void note(const std::string& key, std::string_view text) {
    to_.note(process_ + ": " + key, text);
  }
  void warn(const std::string& key, std::string_view text) {
    to_.warn(process_ + ": " + key, text);
  }

  const Json& app_;
  ImportedConfig& to_;
  std::string name_;
  std::string process_;
  bool is_dumped_;
};

// The applications, whichever way they are written down; nothing if there are none.
Json apps_of(const Json& json) {
  for (const char* const key : {"apps", "pm2"}) {
    if (json.is_object() && json.contains(key)) return apps_of(json[key]);
  }
  if (json.is_array()) return json;
  return json.is_object() && !json.empty() ? Json::array({json}) : Json::array();
}

}  // namespace

Result<void> import_pm2_apps(const std::string& json, const std::string& label,
                             ImportedConfig& to) {
  const Json parsed = parse(json);
  if (parsed.is_discarded()) return fail(ErrorCode::invalid, label + " is no JSON");
  std::set<std::string> processes;
  for (const Json& app : apps_of(parsed)) {
    if (!app.is_object()) return fail(ErrorCode::invalid, label + ": an application is no object");
    AppImport import(app, to);
    if (processes.insert(import.process()).second) {
      import.run();
    } else {
      to.note(import.process(), "is there again: another instance, or the same name");
    }
  }
  if (processes.empty()) return fail(ErrorCode::invalid, label + " has no applications");
  if (parsed.is_object() && parsed.contains("deploy")) to.note("deploy", "stays with PM2");
  return {};
}

Result<Pm2Rotation> read_pm2_rotation(const std::string& json, const std::string& label) {
  const Json parsed = parse(json);
  if (!parsed.is_object()) return fail(ErrorCode::invalid, label + " is no JSON object");
  Pm2Rotation settings;
  const auto found = parsed.find("pm2-logrotate");
  if (found == parsed.end() || !found->is_object()) return settings;
  for (const auto& [key, value] : found->items()) settings[key] = text_of(value);
  return settings;
}

bool is_json(const std::string& text) { return !parse(text).is_discarded(); }

}  // namespace logd
