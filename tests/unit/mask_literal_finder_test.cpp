// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "mask/ascii.h"
#include "mask/literal_finder.h"
#include "mask_world.h"

namespace logd {
namespace {

using mask_testing::Dice;

// Where a literal ends, and which.
using Found = std::vector<std::pair<std::size_t, std::size_t>>;

Found told(const LiteralFinder& finder, const std::vector<LiteralFinder::Hit>& hits) {
  Found found;
  for (const LiteralFinder::Hit& hit : hits) {
    for (const std::uint16_t literal : finder.literals_at(hit))
      found.emplace_back(hit.last, literal);
  }
  return found;
}

Found naive(const std::vector<std::string>& literals, std::string_view text) {
  Found found;
  for (std::size_t last = 0; last < text.size(); ++last) {
    for (std::size_t i = 0; i < literals.size(); ++i) {
      const std::string_view literal =
          std::string_view(literals[i]).substr(0, LiteralFinder::kMaxDepth);
      if (literal.size() > last + 1) continue;
      const std::string_view part = text.substr(last + 1 - literal.size(), literal.size());
      if (ascii::equals(part, literal)) found.emplace_back(last, i);
    }
  }
  return found;
}

// Literals over few letters that begin and end like each other.
std::vector<std::string> related_literals(Dice& dice, std::string_view alphabet) {
  std::set<std::string> literals;
  while (literals.size() < 12) {
    const std::string whole = dice.text(3 + dice.below(28), alphabet);
    literals.insert(whole);
    const std::size_t part = 3 + dice.below(whole.size() - 2);
    literals.insert(whole.substr(0, part));
    literals.insert(whole.substr(whole.size() - part));
  }
  return {literals.begin(), literals.end()};
}

void check(const std::vector<std::string>& literals, const LiteralFinder& finder,
           std::string_view text) {
  std::vector<LiteralFinder::Hit> lanes;
  std::vector<LiteralFinder::Hit> simple;
  finder.find(text, lanes);
  finder.find_simple(text, simple);
  Found by_lanes = told(finder, lanes);
  Found by_one = told(finder, simple);
  REQUIRE(by_lanes == by_one);
  REQUIRE(std::is_sorted(lanes.begin(), lanes.end(),
                         [](const auto& a, const auto& b) { return a.last < b.last; }));
  std::sort(by_one.begin(), by_one.end());
  REQUIRE(by_one == naive(literals, text));
}

void check_random(std::uint64_t seeds) {
  constexpr std::string_view kLiterals[] = {"ab", "abc-", "a1_"};
  constexpr std::string_view kTexts[] = {"aAbB", "abcABC-x", "aA1_\x80 "};
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    Dice dice(seed);
    const std::vector<std::string> literals = related_literals(dice, kLiterals[seed % 3]);
    const LiteralFinder finder(literals);
    INFO("seed " << seed);
    for (const std::size_t longest : {20, 300, 5000}) {
      std::string text = dice.text(dice.below(longest + 1), kTexts[seed % 3]);
      // Whole literals, which long ones would never come to be by chance.
      for (std::size_t i = 0; i < text.size() / 40; ++i)
        text.replace(dice.below(text.size()), 0, literals[dice.below(literals.size())]);
      check(literals, finder, text);
    }
  }
}

}  // namespace

TEST_CASE("LiteralFinder: lanes, one lane and a naive search tell the same", "[mask]") {
  check_random(60);
}

TEST_CASE("LiteralFinder: the same, at length", "[mask][.][full]") { check_random(3000); }

TEST_CASE("LiteralFinder: texts of every length around the border of the lanes", "[mask]") {
  const std::vector<std::string> literals{"abc", "bca", "abcabcabc", "cab", "b-a"};
  const LiteralFinder finder(literals);
  Dice dice(7);
  const std::string text = dice.text(1700, "abcABC-");
  for (std::size_t size = 0; size < 40; ++size)
    check(literals, finder, std::string_view(text).substr(0, size));
  for (std::size_t size = 1500; size < 1600; ++size)
    check(literals, finder, std::string_view(text).substr(dice.below(8), size));
}

TEST_CASE("LiteralFinder: a literal across each border between two lanes", "[mask]") {
  const std::vector<std::string> literals{"secretword", "cretwo", "ord"};
  const LiteralFinder finder(literals);
  for (std::size_t at = 0; at + 10 <= 2000; ++at) {
    std::string text(2000, '.');
    text.replace(at, 10, at % 2 == 0 ? "secretword" : "SeCrEtWoRd");
    std::vector<LiteralFinder::Hit> hits;
    finder.find(text, hits);
    REQUIRE(told(finder, hits) == Found{{at + 7, 0}, {at + 7, 1}, {at + 9, 2}});
  }
}

TEST_CASE("LiteralFinder: nothing in an empty text", "[mask]") {
  const std::vector<std::string> literals{"abc"};
  std::vector<LiteralFinder::Hit> hits;
  LiteralFinder(literals).find("", hits);
  CHECK(hits.empty());
}

}  // namespace logd
