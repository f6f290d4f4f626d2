// What is masked already stays as it is when it is masked again.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "mask_world.h"

namespace logd {
namespace {

using mask_testing::Dice;
using mask_testing::World;

constexpr std::size_t kShown = 12;

class Check {
 public:
  explicit Check(World& world) : world_(world) {}

  void look(const std::string& text) {
    ++texts_;
    const std::string once = world_.masked(text);
    const std::string twice = world_.masked(once);
    if (once == twice) return;
    if (++changed_ <= kShown)
      UNSCOPED_INFO("line:  " << text << "\nonce:  " << once << "\ntwice: " << twice);
  }

  // Of a thousand texts at most so many may change.
  void finish(std::size_t most_per_mille) {
    INFO(changed_ << " of " << texts_ << " changed");
    CHECK(changed_ * 1000 <= texts_ * most_per_mille);
  }

 private:
  World& world_;
  std::size_t texts_ = 0;
  std::size_t changed_ = 0;
};

// Bytes at random may cut a value in two: what stood behind it is taken for the value then, when
// the mask is none in the eyes of the rules. Never the other way round.
constexpr std::size_t kMutatedPerMille = 2;

void check_style(Style style) {
  World world = World::all(style);
  Check dressed(world);
  Check mutated(world);
  Dice dice(5);
  for (const std::string& example : mask_testing::rule_examples()) {
    for (const std::string& text : mask_testing::dressed(example)) dressed.look(text);
    for (std::size_t round = 0; round < 3; ++round)
      mutated.look(mask_testing::mutated(example, dice));
  }
  mutated.finish(kMutatedPerMille);
  dressed.finish(0);
}

}  // namespace

TEST_CASE("Masking: masked twice is masked once, by tokens", "[mask]") {
  check_style(Style::token);
}
TEST_CASE("Masking: masked twice is masked once, by hashes", "[mask]") { check_style(Style::hash); }
TEST_CASE("Masking: masked twice is masked once, in part", "[mask]") {
  check_style(Style::partial);
}
TEST_CASE("Masking: masked twice is masked once, by stars", "[mask]") { check_style(Style::fixed); }
TEST_CASE("Masking: masked twice is masked once, by as many stars", "[mask]") {
  check_style(Style::same_length);
}

// Where nothing is left of a value, what follows may be taken for it: more may go the second time,
// but nothing comes back.
TEST_CASE("Masking: what is left out twice is no longer than once", "[mask]") {
  World world = World::all(Style::remove);
  for (const std::string& example : mask_testing::rule_examples()) {
    for (const std::string& text : mask_testing::dressed(example)) {
      const std::string once = world.masked(text);
      REQUIRE(world.masked(once).size() <= once.size());
    }
  }
}

}  // namespace logd
