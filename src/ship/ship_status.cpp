// SPDX-License-Identifier: Apache-2.0
#include "ship/ship_status.h"

#include <nlohmann/json.hpp>

namespace logd {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;
constexpr std::uint64_t kMaxFileBytes = 16_MiB;

struct Count {
  const char* name;
  std::uint64_t DestinationStatus::*count;
};
constexpr Count kCounts[] = {{"retries", &DestinationStatus::retries},
                             {"in_flight", &DestinationStatus::in_flight},
                             {"raw_bytes", &DestinationStatus::raw_bytes},
                             {"sent_bytes", &DestinationStatus::sent_bytes},
                             {"backlog_bytes", &DestinationStatus::backlog_bytes},
                             {"dead_bytes", &DestinationStatus::dead_bytes},
                             {"state_errors", &DestinationStatus::state_errors}};

struct Total {
  const char* name;
  std::uint64_t ShipTotals::*count;
};
constexpr Total kTotals[] = {{"records", &ShipTotals::records},
                             {"bytes", &ShipTotals::bytes},
                             {"lost_records", &ShipTotals::lost_records},
                             {"lost_bytes", &ShipTotals::lost_bytes},
                             {"lost_segments", &ShipTotals::lost_segments},
                             {"rejected_records", &ShipTotals::rejected},
                             {"dead_records", &ShipTotals::dead},
                             {"cut_records", &ShipTotals::cut},
                             {"rewinds", &ShipTotals::rewinds}};

Json json_of(const std::optional<WallTime>& time) {
  return time ? Json(time->time_since_epoch().count()) : Json();
}

std::optional<WallTime> time_of(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return WallTime(Nanoseconds(json.get<std::int64_t>()));
}

Json json_of(const DestinationStatus& one) {
  Json json = {{"type", one.type},
               {"host", one.host},
               {"state", one.state},
               {"reason", one.reason},
               {"answers", one.answers},
               {"oldest_unsent", json_of(one.oldest_unsent)},
               {"opens_at", json_of(one.opens_at)},
               {"request_times", one.request_times},
               {"request_seconds", one.request_seconds}};
  for (const Count& count : kCounts) json[count.name] = one.*count.count;
  for (const Total& total : kTotals) json[total.name] = one.totals.*total.count;
  return json;
}

DestinationStatus status_of(const Json& json) {
  DestinationStatus one;
  one.type = json.at("type").get<std::string>();
  one.host = json.at("host").get<std::string>();
  one.state = json.at("state").get<std::string>();
  one.reason = json.at("reason").get<std::string>();
  one.answers = json.at("answers").get<std::map<std::string, std::uint64_t>>();
  one.oldest_unsent = time_of(json.at("oldest_unsent"));
  one.opens_at = time_of(json.at("opens_at"));
  one.request_times = json.at("request_times").get<decltype(one.request_times)>();
  one.request_seconds = json.at("request_seconds");
  for (const Count& count : kCounts) one.*count.count = json.at(count.name);
  for (const Total& total : kTotals) one.totals.*total.count = json.at(total.name);
  return one;
}

}  // namespace

std::string host_of_url(std::string_view url) {
  if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos)
    url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const std::size_t user = url.rfind('@'); user != std::string_view::npos)
    url.remove_prefix(user + 1);
  return std::string(url);
}

std::string ship_status_text(const ShipStatus& status, WallTime now) {
  Json destinations = Json::object();
  for (const auto& [name, one] : status) destinations[name] = json_of(one);
  const Json json = {
      {"version", kVersion}, {"written", json_of(now)}, {"destinations", std::move(destinations)}};
  // A reason may hold anything that a receiver says.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<ReadShipStatus> parse_ship_status(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    ReadShipStatus read;
    if (json.at("version") != kVersion)
      return fail(ErrorCode::invalid, "it is of another version of logd");
    read.written = time_of(json.at("written")).value_or(WallTime());
    for (const auto& [name, one] : json.at("destinations").items())
      read.destinations[name] = status_of(one);
    return read;
  } catch (const std::exception& error) {
    return fail(ErrorCode::invalid, error.what());
  }
}

Result<ReadShipStatus> read_ship_status(Directory& run_dir) {
  LOGD_TRY_ASSIGN(const auto file, run_dir.open_file(kShipStatusFile, OpenMode::read));
  LOGD_TRY_ASSIGN(const FileStatus status, file->status());
  if (status.bytes > kMaxFileBytes) return fail(ErrorCode::invalid, "it is too large");
  std::string text(status.bytes, '\0');
  LOGD_TRY_ASSIGN(const std::size_t got, file->read_at(text.data(), text.size(), 0));
  text.resize(got);
  return parse_ship_status(text);
}

}  // namespace logd
