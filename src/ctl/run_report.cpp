// SPDX-License-Identifier: Apache-2.0
#include "ctl/run_report.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/duration_text.h"
#include "ctl/table.h"
#include "query/escape.h"

namespace logd {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

std::string signal_text(std::int32_t signal) {
  const char* const name = sigabbrev_np(signal);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

const char* end_name(Run::End end) {
  switch (end) {
    case Run::End::none:
      return "running";
    case Run::End::exited:
      return "exited";
    case Run::End::killed:
      return "killed";
    case Run::End::unknown:
      return "unknown";
    case Run::End::lost:
      return "lost";
  }
  return "";
}

std::string end_text(const Run& run) {
  if (run.end == Run::End::exited) return "exit " + std::to_string(run.code);
  if (run.end == Run::End::killed) return signal_text(run.signal);
  return end_name(run.end);
}

// To the second, from a second on.
std::string lasted_text(const Run& run, WallTime now) {
  const auto end = run.end == Run::End::none ? now : run.ended;
  if (!run.started || !end) return "";
  // A clock may have been set back since.
  auto lasted = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::max(*end - *run.started, WallTime::duration(0)));
  if (lasted >= 1s) lasted = std::chrono::floor<std::chrono::seconds>(lasted);
  return duration_text(lasted);
}

template <typename Value>
std::string text_of(const std::optional<Value>& value, const char* otherwise) {
  return value ? std::to_string(*value) : otherwise;
}

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json object_of(const ShownRun& shown, TimeFormat& times) {
  const Run& run = shown.run;
  const auto time = [&](const std::optional<WallTime>& at) {
    return at ? Json(times.iso(*at)) : Json(nullptr);
  };
  Json object;
  object["v"] = 1;
  object["process"] = shown.log.process;
  object["instance"] = shown.log.instance == kNoInstance ? Json(nullptr) : Json(shown.log.instance);
  object["run"] = or_null(run.number);
  object["started"] = time(run.started);
  object["ended"] = time(run.ended);
  object["duration_s"] = nullptr;
  if (run.started && run.ended) {
    object["duration_s"] = std::chrono::duration<double>(*run.ended - *run.started).count();
  }
  object["end"] = end_name(run.end);
  object["code"] = run.end == Run::End::exited ? Json(run.code) : Json(nullptr);
  object["signal"] = run.end == Run::End::killed ? Json(run.signal) : Json(nullptr);
  object["pid"] = or_null(run.pid);
  object["uid"] = or_null(run.uid);
  object["command"] = run.command;
  object["last_lines"] = Json::array();
  for (const std::string& line : shown.last_lines) {
    object["last_lines"].push_back(Json::parse(line));
  }
  return object;
}

}  // namespace

std::string run_table(const std::vector<ShownRun>& runs, Zone zone, WallTime now) {
  TimeFormat times(zone);
  Table table({"PROCESS", ">RUN", "STARTED", "ENDED", "LASTED", "END", ">PID", "COMMAND"});
  for (const ShownRun& shown : runs) {
    const Run& run = shown.run;
    std::string command;
    append_visible(command, run.command, Colours::strip);
    table.row({shown.log.directory(), text_of(run.number, "-"),
               run.started ? times.date_time(*run.started) : "not kept",
               run.ended ? times.date_time(*run.ended) : "", lasted_text(run, now), end_text(run),
               text_of(run.pid, ""), command});
    for (const std::string& line : shown.last_lines) table.text("  " + line);
  }
  return table.str();
}

std::string run_json(const std::vector<ShownRun>& runs) {
  TimeFormat times(Zone::utc);
  std::string text;
  for (const ShownRun& shown : runs) {
    text += object_of(shown, times).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  return text;
}

}  // namespace logd
