// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>

#include "mask/string_end.h"

namespace logd {
namespace {

// Where the string that begins behind `before` ends in `rest`.
std::size_t end_in(const std::string& before, std::string_view rest) {
  const StringEnd end = StringEnd::of_string_at(before, before.size());
  REQUIRE(end.is_string());
  return StringEnd::unpacked(end.packed()).find(rest, 0);
}

}  // namespace

TEST_CASE("StringEnd: at the quote that it began with", "[mask]") {
  CHECK(end_in("x=\"", "a b\" c") == 3);
  CHECK(end_in("x='", "a\" b' c") == 4);
  CHECK(end_in("x=\"", "a b") == 3);
  CHECK(end_in("x=\"", "a \\\" b\" c") == 6);
  CHECK(end_in("x=\"", "a \\\\\" c") == 2);
}

TEST_CASE("StringEnd: in strings of strings", "[mask]") {
  CHECK(end_in("{\"log\":\"{\\\"x\\\":\\\"", "a b\\\" c") == 3);
  CHECK(end_in("{\"log\":\"{\\\"x\\\":\\\"", "a \\\\\\\" b\\\" c") == 8);
  CHECK(end_in("{\"log\":\"{\\\"x\\\":\\\"", "a b\"") == 3);
  CHECK(end_in("\\\\\\\"", "a b\\\\\\\" c") == 3);
}

TEST_CASE("StringEnd: behind no quote there is no string", "[mask]") {
  CHECK_FALSE(StringEnd::of_string_at("x=", 2).is_string());
  CHECK_FALSE(StringEnd::of_string_at("x", 0).is_string());
  for (std::uint32_t bits = 0; bits < 8; ++bits)
    CHECK(StringEnd::unpacked(StringEnd::unpacked(bits).packed()).packed() ==
          StringEnd::unpacked(bits).packed());
}

}  // namespace logd
