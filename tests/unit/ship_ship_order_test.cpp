// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "ship/ship_order.h"

using namespace logd;

namespace {

WallTime at(std::int64_t nanoseconds) { return WallTime(Nanoseconds(nanoseconds)); }

}  // namespace

TEST_CASE("ship order: one line, and read back as it was", "[ship]") {
  const ShipOrder orders[] = {
      {"retry", "central", {}, {}, {}},
      {"rewind", "central", at(1795299420000000001), {}, {}},
      {"replay", "central", at(-5), at(1795299420000000001), {"web", "api-*"}},
      {"dlq_drop", "a.b_c-d", {}, {}, {}},
      {"dlq_replay", "central", {}, {}, {}},
  };
  for (const ShipOrder& order : orders) {
    INFO(order.action);
    const std::string text = ship_order_text(order);
    CHECK(text.find('\n') == text.size() - 1);
    CHECK(parse_ship_order(text).value() == order);
  }
}

TEST_CASE("ship order: what says too little, or something else, is refused", "[ship]") {
  for (const char* text : {
           "",
           "retry",
           "[]",
           "{}",
           R"({"action":"retry"})",
           R"({"destination":"central"})",
           R"({"action":"vanish","destination":"central"})",
           R"({"action":1,"destination":"central"})",
           R"({"action":"rewind","destination":"central"})",
           R"({"action":"rewind","destination":"central","since":"10m"})",
           R"({"action":"replay","destination":"central","since":1})",
           R"({"action":"replay","destination":"central","since":2,"until":2})",
           R"({"action":"replay","destination":"central","since":1,"until":2,"processes":"web"})",
       }) {
    INFO(text);
    const auto parsed = parse_ship_order(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == ErrorCode::invalid);
  }
}
