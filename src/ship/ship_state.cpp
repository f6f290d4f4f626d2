// SPDX-License-Identifier: Apache-2.0
#include "ship/ship_state.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

namespace logd {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;
constexpr char kTemporaryFile[] = "state.tmp";
constexpr std::uint64_t kMaxFileBytes = 64_MiB;

// "SEGMENT:OFFSET:NANOSECONDS"
std::string place_text(const RecordPlace& place) {
  return fmt::format("{}:{}:{}", place.position.segment, place.position.offset,
                     place.time.time_since_epoch().count());
}

template <typename Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  if (text.starts_with(':')) text.remove_prefix(1);
  return true;
}

// What the library throws is turned into a Result by parse_ship_state().
Result<RecordPlace> parse_place(const Json& json) {
  const auto& text = json.get_ref<const std::string&>();
  std::string_view rest = text;
  RecordPlace place;
  std::int64_t nanoseconds = 0;
  if (!take_number(rest, place.position.segment) || !take_number(rest, place.position.offset) ||
      !take_number(rest, nanoseconds) || !rest.empty()) {
    return fail(ErrorCode::invalid, "\"" + text + "\" is no place");
  }
  place.time = WallTime(Nanoseconds(nanoseconds));
  return place;
}

Json json_of(const LogCursor& cursor) {
  Json json = Json::array({place_text(cursor.last)});
  if (!cursor.unended[0] && !cursor.unended[1]) return json;
  for (const auto& unended : cursor.unended)
    json.push_back(unended ? Json(place_text(*unended)) : Json());
  return json;
}

Result<LogCursor> cursor_of(const Json& json) {
  LogCursor cursor;
  LOGD_TRY_ASSIGN(cursor.last, parse_place(json.at(0)));
  for (std::size_t i = 0; i < cursor.unended.size() && json.size() > 1; ++i) {
    const Json& unended = json.at(i + 1);
    if (unended.is_null()) continue;
    LOGD_TRY_ASSIGN(cursor.unended[i], parse_place(unended));
  }
  return cursor;
}

void put(Json& json, const std::optional<Loss>& loss) {
  if (!loss) return;
  json["loss"] = {{"records", loss->records},
                  {"bytes", loss->bytes},
                  {"segments", loss->segments},
                  {"reason", loss->reason}};
}

std::optional<Loss> loss_of(const Json& json) {
  const auto found = json.find("loss");
  if (found == json.end()) return std::nullopt;
  return Loss{found->at("records"), found->at("bytes"), found->at("segments"),
              found->at("reason").get<std::string>()};
}

Json json_of(const IntendedBatch& batch) {
  Json parts = Json::array();
  for (const BatchPart& part : batch.parts) {
    Json json = {{"log", part.log},
                 {"from", json_of(part.from)},
                 {"to", json_of(part.to)},
                 {"records", part.records}};
    put(json, part.loss);
    parts.push_back(std::move(json));
  }
  return {{"number", batch.number}, {"parts", std::move(parts)}};
}

Result<IntendedBatch> batch_of(const Json& json) {
  IntendedBatch batch;
  batch.number = json.at("number");
  for (const Json& part : json.at("parts")) {
    LOGD_TRY_ASSIGN(const LogCursor from, cursor_of(part.at("from")));
    LOGD_TRY_ASSIGN(const LogCursor to, cursor_of(part.at("to")));
    batch.parts.push_back(
        {part.at("log").get<std::string>(), from, to, part.at("records"), loss_of(part)});
  }
  return batch;
}

struct Total {
  const char* name;
  std::uint64_t ShipTotals::*count;
};
constexpr Total kTotals[] = {{"records", &ShipTotals::records},
                             {"bytes", &ShipTotals::bytes},
                             {"lost_records", &ShipTotals::lost_records},
                             {"lost_bytes", &ShipTotals::lost_bytes},
                             {"lost_segments", &ShipTotals::lost_segments},
                             {"rejected", &ShipTotals::rejected},
                             {"dead", &ShipTotals::dead},
                             {"cut", &ShipTotals::cut},
                             {"rewinds", &ShipTotals::rewinds}};

Result<ShipState> state_of(const Json& json) {
  if (json.at("version") != kVersion)
    return fail(ErrorCode::invalid, "it is of another version of logd");
  ShipState state;
  for (const auto& [log, progress] : json.at("logs").items()) {
    LOGD_TRY_ASSIGN(const LogCursor acked, cursor_of(progress.at("acked")));
    LOGD_TRY_ASSIGN(const LogCursor settled, cursor_of(progress.at("settled")));
    state.logs[log] = {acked, settled, loss_of(progress)};
  }
  for (const Json& json_batch : json.at("intended")) {
    LOGD_TRY_ASSIGN(IntendedBatch batch, batch_of(json_batch));
    state.intended.push_back(std::move(batch));
  }
  state.next_batch = json.at("next_batch");
  state.settings = json.at("settings").get<std::string>();
  state.has_succeeded = json.at("has_succeeded");
  for (const Total& total : kTotals) state.totals.*total.count = json.at("totals").at(total.name);
  return state;
}

}  // namespace

std::string ship_state_text(const ShipState& state) {
  Json logs = Json::object();
  for (const auto& [log, progress] : state.logs) {
    Json json = {{"acked", json_of(progress.acked)}, {"settled", json_of(progress.settled)}};
    put(json, progress.loss);
    logs[log] = std::move(json);
  }
  Json intended = Json::array();
  for (const IntendedBatch& batch : state.intended) intended.push_back(json_of(batch));
  Json totals = Json::object();
  for (const Total& total : kTotals) totals[total.name] = state.totals.*total.count;
  const Json json = {{"version", kVersion},
                     {"next_batch", state.next_batch},
                     {"settings", state.settings},
                     {"has_succeeded", state.has_succeeded},
                     {"totals", std::move(totals)},
                     {"logs", std::move(logs)},
                     {"intended", std::move(intended)}};
  return json.dump() + "\n";
}

Result<ShipState> parse_ship_state(std::string_view text) {
  try {
    return state_of(Json::parse(text));
  } catch (const std::exception& error) {
    return fail(ErrorCode::invalid, error.what());
  }
}

Result<ShipState> read_ship_state(Directory& directory) {
  LOGD_TRY_ASSIGN(const auto file, directory.open_file(kShipStateFile, OpenMode::read));
  LOGD_TRY_ASSIGN(const FileStatus status, file->status());
  if (status.bytes > kMaxFileBytes) return fail(ErrorCode::invalid, "it is too large");
  std::string text(status.bytes, '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    LOGD_TRY_ASSIGN(const std::size_t got,
                    file->read_at(text.data() + have, text.size() - have, have));
    if (got == 0) break;
    have += got;
  }
  return parse_ship_state(std::string_view(text).substr(0, have));
}

Result<void> write_ship_state(Directory& directory, const ShipState& state) {
  const std::string text = ship_state_text(state);
  auto removed = directory.remove(kTemporaryFile);  // rubbish of a crash
  if (!removed && removed.error().code != ErrorCode::not_found) return removed;
  {
    LOGD_TRY_ASSIGN(const auto file, directory.open_file(kTemporaryFile, OpenMode::create_new));
    for (std::size_t done = 0; done < text.size();) {
      LOGD_TRY_ASSIGN(const std::size_t put,
                      file->write_at(std::string_view(text).substr(done), done));
      done += put;
    }
    LOGD_TRY(file->sync_data());
  }
  LOGD_TRY(directory.rename(kTemporaryFile, kShipStateFile));
  return directory.sync();
}

}  // namespace logd
