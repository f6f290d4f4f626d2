// SPDX-License-Identifier: Apache-2.0
#include "ship/ship_order.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace logd {
namespace {

using Json = nlohmann::json;

struct Action {
  std::string_view name;
  bool needs_since = false;
  bool needs_until = false;
};
constexpr Action kActions[] = {{"rewind", true, false},
                               {"retry", false, false},
                               {"replay", true, true},
                               {"dlq_drop", false, false},
                               {"dlq_replay", false, false}};

std::optional<WallTime> time_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end()) return std::nullopt;
  return WallTime(Nanoseconds(found->get<std::int64_t>()));
}

}  // namespace

Result<void> check_ship_order(const ShipOrder& order) {
  const auto* const action =
      std::find_if(std::begin(kActions), std::end(kActions),
                   [&](const Action& one) { return one.name == order.action; });
  if (action == std::end(kActions))
    return fail(ErrorCode::invalid, "there is no action \"" + order.action + "\"");
  if ((action->needs_since && !order.since) || (action->needs_until && !order.until))
    return fail(ErrorCode::invalid, order.action + " needs a time");
  if (action->needs_until && *order.until <= *order.since)
    return fail(ErrorCode::invalid, order.action + ": the end is not after the start");
  return {};
}

std::string ship_order_text(const ShipOrder& order) {
  Json json = {{"action", order.action}, {"destination", order.destination}};
  if (order.since) json["since"] = order.since->time_since_epoch().count();
  if (order.until) json["until"] = order.until->time_since_epoch().count();
  if (!order.processes.empty()) json["processes"] = order.processes;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<ShipOrder> parse_ship_order(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    ShipOrder order;
    order.action = json.at("action").get<std::string>();
    order.destination = json.at("destination").get<std::string>();
    order.since = time_at(json, "since");
    order.until = time_at(json, "until");
    if (const auto processes = json.find("processes"); processes != json.end())
      order.processes = processes->get<std::vector<std::string>>();
    LOGD_TRY(check_ship_order(order));
    return order;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::invalid, error.what());
  }
}

}  // namespace logd
