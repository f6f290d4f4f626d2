// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>

#include "query/top_patterns.h"

using namespace logd;

namespace {

// What must hold of every entry, whatever was counted.
void check_bounds(const TopPatterns& patterns, const std::map<std::string, std::uint64_t>& exact,
                  std::size_t capacity) {
  std::map<std::string, std::uint64_t> found;
  std::uint64_t last = ~std::uint64_t{0};
  for (const auto& entry : patterns.top(capacity)) {
    const auto known = exact.find(entry.pattern);
    REQUIRE(known != exact.end());
    REQUIRE(entry.lines >= known->second);
    REQUIRE(entry.lines - entry.error <= known->second);
    REQUIRE(entry.lines <= last);
    last = entry.lines;
    found[entry.pattern] = entry.lines;
  }
  for (const auto& [pattern, lines] : exact) {
    if (lines > patterns.total_lines() / capacity) REQUIRE(found.contains(pattern));
  }
}

}  // namespace

TEST_CASE("TopPatterns: few patterns are counted exactly", "[query]") {
  TopPatterns patterns(3);
  for (const char* one : {"a", "b", "a", "c", "a", "b"}) patterns.count(one);
  const auto top = patterns.top(2);
  REQUIRE(top.size() == 2);
  CHECK(top[0].pattern == "a");
  CHECK(top[0].lines == 3);
  CHECK(top[0].error == 0);
  CHECK(top[1].pattern == "b");
  CHECK(patterns.total_lines() == 6);
  CHECK(patterns.top(10).size() == 3);
}

TEST_CASE("TopPatterns: a new one takes over the smallest", "[query]") {
  TopPatterns patterns(2);
  patterns.count("a", 5);
  patterns.count("b", 2);
  patterns.count("c");
  const auto top = patterns.top(2);
  CHECK(top[1].pattern == "c");
  CHECK(top[1].lines == 3);
  CHECK(top[1].error == 2);
}

TEST_CASE("TopPatterns: counts stay within their bounds", "[query]") {
  std::mt19937 random(8);
  constexpr std::size_t kCapacity = 20;
  for (int round = 0; round < 20; ++round) {
    TopPatterns patterns(kCapacity);
    std::map<std::string, std::uint64_t> exact;
    for (int i = 0; i < 5'000; ++i) {
      // Few are frequent, and there are many more than counters.
      const std::size_t kind = random() % 2 == 0 ? random() % 5 : random() % 1'000;
      const std::string pattern = "p" + std::to_string(kind);
      ++exact[pattern];
      patterns.count(pattern);
    }
    CHECK(patterns.top(kCapacity).size() == kCapacity);
    check_bounds(patterns, exact, kCapacity);
  }
}
