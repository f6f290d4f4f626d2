// Bytes at random through the engine, the masks and the loader of rules. Worth most with
// sanitizers.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "mask_world.h"
#include "rules/built_in_rules.h"

namespace logd {
namespace {

using mask_testing::Dice;
using mask_testing::World;

// Sorted, not overlapping, and each on one line.
void check_edits(std::string_view text, const std::vector<Edit>& edits) {
  std::size_t last_end = 0;
  for (const Edit& edit : edits) {
    const bool is_sane =
        edit.begin >= last_end && edit.begin < edit.end && edit.end <= text.size() &&
        text.substr(edit.begin, edit.end - edit.begin).find('\n') == std::string_view::npos;
    if (!is_sane) {
      INFO("edit [" << edit.begin << ", " << edit.end << ") in: " << text);
      FAIL("not sorted, or not within a line");
    }
    last_end = edit.end;
  }
}

// Some texts with lines around them, as one batch.
std::string batch_of(Dice& dice, const std::vector<std::string>& examples) {
  std::string text;
  for (std::size_t lines = 1 + dice.below(6); lines > 0; --lines) {
    const std::string& example = examples[dice.below(examples.size())];
    const std::vector<std::string> dresses = mask_testing::dressed(example);
    text += mask_testing::mutated_bytes(dresses[dice.below(dresses.size())], dice, 6);
    if (lines > 1) text += '\n';
  }
  return text;
}

void check_random(Style style, std::uint64_t seed, std::size_t rounds) {
  World world = World::all(style);
  const MaskEngine& engine = world.plan().engine;
  MaskEngine::Scratch scratch;
  Dice dice(seed);
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::string text = batch_of(dice, mask_testing::rule_examples());
    std::vector<Edit> edits;
    engine.find(text, scratch, edits);
    check_edits(text, edits);
    if (engine.settled_bytes(text, scratch) > text.size()) FAIL("settled: " << text);
    const std::string masked = world.masked(text);
    const auto lines = [](std::string_view of) { return std::count(of.begin(), of.end(), '\n'); };
    if (lines(masked) != lines(text)) FAIL("another number of lines: " << text);
  }
}

// A rule file of the beginning of a built-in one and one of its rules.
std::vector<RuleText> small_rule_files() {
  std::vector<RuleText> files;
  for (const BuiltInRuleFile& file : built_in_rule_files()) {
    const std::string text(file.text);
    const std::size_t first = text.find("\n[[rule]]\n");
    for (std::size_t at = first; at != std::string::npos;) {
      const std::size_t next = text.find("\n[[rule]]\n", at + 1);
      const std::size_t size = next == std::string::npos ? next : next - at;
      files.push_back({std::string(file.name), text.substr(0, first) + text.substr(at, size)});
      at = next;
    }
  }
  return files;
}

struct Loaded {
  std::size_t good = 0;
  std::size_t refused = 0;
};

// Whatever the text, it is a rule set or a list of reasons.
void load(const RuleLibrary& built_in, const RuleText& file, bool as_users, Loaded& loaded) {
  const std::vector<RuleText> files{file};
  RuleLibrary library = as_users ? with_user_rules(built_in, files) : library_of(files);
  if (!library.problems.empty()) {
    REQUIRE(library.rules.empty());
    ++loaded.refused;
    return;
  }
  std::vector<RuleProblem> problems;
  const auto rules =
      MaskRules::compile(std::move(library.rules), std::move(library.packs), problems);
  REQUIRE(rules.has_value() == problems.empty());
  ++(rules ? loaded.good : loaded.refused);
}

void check_loader(std::size_t rounds) {
  const std::vector<RuleText> files = small_rule_files();
  const RuleLibrary none;
  Dice dice(13);
  Loaded loaded;
  for (std::size_t round = 0; round < rounds; ++round) {
    RuleText file = files[dice.below(files.size())];
    if (round % 8 != 0) file.text = mask_testing::mutated_bytes(file.text, dice, 4);
    load(none, file, round % 2 == 0, loaded);
  }
  CHECK(loaded.good > rounds / 20);
  CHECK(loaded.refused > rounds / 20);
}

}  // namespace

TEST_CASE("Fuzz: edits of changed examples are sorted and within their lines", "[mask]") {
  check_random(Style::token, 1, 2500);
}

TEST_CASE("Fuzz: the same with each other style", "[mask]") {
  for (const Style style :
       {Style::hash, Style::partial, Style::fixed, Style::same_length, Style::remove})
    check_random(style, 2, 300);
}

TEST_CASE("Fuzz: the same, at length", "[mask][.][full]") {
  check_random(Style::token, 3, 100'000);
  check_random(Style::partial, 4, 30'000);
}

TEST_CASE("Fuzz: bytes of any kind", "[mask]") {
  World world = World::all();
  Dice dice(4);
  for (int i = 0; i < 300; ++i) {
    std::string text;
    for (std::size_t size = dice.below(400); size > 0; --size) text += dice.byte();
    std::vector<Edit> edits;
    MaskEngine::Scratch scratch;
    world.plan().engine.find(text, scratch, edits);
    check_edits(text, edits);
  }
}

TEST_CASE("Fuzz: changed rule files load or are refused", "[mask][rules]") { check_loader(1500); }
TEST_CASE("Fuzz: changed rule files, at length", "[mask][rules][.][full]") {
  check_loader(100'000);
}

}  // namespace logd
