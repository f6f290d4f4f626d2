// SPDX-License-Identifier: Apache-2.0
#include "ctl/ship_report.h"

#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/duration_text.h"
#include "base/posix_file_system.h"
#include "base/size_text.h"
#include "ctl/table.h"
#include "query/escape.h"
#include "ship/ship_state.h"

namespace logd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kUnknown = "-";

// logd-ship holds a lock on the directory of all states as long as it runs.
bool is_locked(Directory& ships) {
  if (flock(ships.descriptor(), LOCK_SH | LOCK_NB) != 0) return errno == EWOULDBLOCK;
  flock(ships.descriptor(), LOCK_UN);
  return false;
}

// Nothing if it is not there.
template <typename T>
Result<std::optional<T>> if_there(Result<T> read) {
  if (read) return std::optional<T>(std::move(*read));
  if (read.error().code == ErrorCode::not_found) return std::optional<T>();
  return fail(read.error());
}

Result<ShipTotals> totals_of(Directory& ships, const std::string& name) {
  LOGD_TRY_ASSIGN(const auto directory, if_there(ships.open_directory(name, Create::no)));
  if (!directory) return ShipTotals();
  LOGD_TRY_ASSIGN(const auto state, if_there(read_ship_state(**directory)));
  return state ? state->totals : ShipTotals();
}

std::optional<std::chrono::milliseconds> since(std::optional<WallTime> time, WallTime now) {
  if (!time) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::max(now - *time, Nanoseconds(0)));
}

std::string age_text(const DestinationStatus& one, WallTime now) {
  const auto age = since(one.oldest_unsent, now);
  return age ? duration_text(std::chrono::floor<std::chrono::seconds>(*age)) : "0s";
}

// Of how one destination is; a receiver may say anything.
std::string visible(const std::string& text) {
  std::string shown;
  append_visible(shown, text, Colours::strip);
  return shown;
}

Json json_of(const ShownDestination& one, WallTime now) {
  const auto seconds = [](std::optional<std::chrono::milliseconds> time) {
    return time ? Json(std::chrono::duration<double>(*time).count()) : Json();
  };
  const DestinationStatus& status = one.status;
  Json json = {{"destination", one.name},
               {"type", status.type},
               {"host", status.host},
               {"state", one.is_running ? status.state : "not running"},
               {"reason", status.reason},
               {"oldest_unsent_seconds", Json()},
               {"next_attempt_seconds", Json()},
               {"backlog_bytes", Json()},
               {"records", status.totals.records},
               {"bytes", status.totals.bytes},
               {"lost_records", status.totals.lost_records},
               {"lost_bytes", status.totals.lost_bytes},
               {"lost_segments", status.totals.lost_segments},
               {"rejected_records", status.totals.rejected},
               {"dead_records", status.totals.dead},
               {"cut_records", status.totals.cut},
               {"rewinds", status.totals.rewinds}};
  if (!one.is_running) return json;
  const auto age = since(status.oldest_unsent, now);
  json["oldest_unsent_seconds"] = age ? seconds(age) : Json(0);
  if (status.opens_at) json["next_attempt_seconds"] = seconds(since(now, *status.opens_at));
  json["backlog_bytes"] = status.backlog_bytes;
  json["dead_letter_bytes"] = status.dead_bytes;
  json["in_flight"] = status.in_flight;
  json["retries"] = status.retries;
  json["answers"] = status.answers;
  return json;
}

}  // namespace

Result<std::vector<ShownDestination>> look_at_destinations(const Config& config) {
  PosixFileSystem files;
  std::map<std::string, ShownDestination> found;
  for (const auto& [name, ship] : config.ships) {
    ShownDestination& one = found[name];
    one.status.type = ship.type;
    one.status.host = host_of_url(ship.url);
  }
  LOGD_TRY_ASSIGN(const auto ships,
                  if_there(files.open_directory(config.log_dir + "/" + kShipDirectory)));
  std::optional<ReadShipStatus> told;
  if (ships && is_locked(**ships)) {
    LOGD_TRY_ASSIGN(const auto run_dir, if_there(files.open_directory(config.run_dir)));
    if (run_dir) {
      LOGD_TRY_ASSIGN(told, if_there(read_ship_status(**run_dir)));
    }
  }
  if (told) {
    for (auto& [name, status] : told->destinations) found[name] = {name, std::move(status), true};
  }
  std::vector<ShownDestination> all;
  for (auto& [name, one] : found) {
    one.name = name;
    if (!one.is_running && ships) {
      LOGD_TRY_ASSIGN(one.status.totals, totals_of(**ships, name));
    }
    all.push_back(std::move(one));
  }
  return all;
}

std::string ship_table(const std::vector<ShownDestination>& destinations, WallTime now) {
  Table table({"DESTINATION", "TYPE", "HOST", "STATE", ">OLDEST UNSENT", ">BACKLOG", ">RECORDS",
               ">LOST", ">DEAD", "REASON"});
  for (const ShownDestination& one : destinations) {
    const DestinationStatus& status = one.status;
    const auto known = [&](std::string text) {
      return one.is_running ? std::move(text) : std::string(kUnknown);
    };
    table.row({one.name, status.type, visible(status.host),
               one.is_running ? status.state : "not running", known(age_text(status, now)),
               known(short_size_text(status.backlog_bytes)), std::to_string(status.totals.records),
               std::to_string(status.type == "s3" ? status.totals.lost_segments
                                                  : status.totals.lost_records),
               std::to_string(status.totals.dead), visible(status.reason)});
  }
  return table.str();
}

std::string ship_json(const std::vector<ShownDestination>& destinations, WallTime now) {
  Json list = Json::array();
  bool is_running = false;
  for (const ShownDestination& one : destinations) {
    list.push_back(json_of(one, now));
    is_running |= one.is_running;
  }
  const Json json = {{"v", 1}, {"running", is_running}, {"destinations", std::move(list)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace logd
