// The engine against "every rule at every place of one of its keywords", looked for without an
// automaton, gates by bit masks, or many lines at once.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "mask/ascii.h"
#include "mask_world.h"

namespace logd {
namespace {

using mask_testing::Dice;
using mask_testing::World;

class Oracle {
 public:
  explicit Oracle(const MaskEngine& engine) : engine_(engine) {
    for (std::size_t i = 0; i < engine.rules_in_force().size(); ++i) {
      const auto slot = static_cast<std::uint16_t>(i);
      const Rule& rule = engine.rule_of(slot);
      std::vector<std::string> keywords = rule.keywords;
      if (rule.kind == RuleKind::email) keywords.emplace_back("%40");
      for (const std::string& keyword : keywords) add(keyword, slot);
    }
  }

  std::vector<Edit> find(std::string_view line) {
    line_ = line;
    edits_.clear();
    value_end_ = 0;
    // Keywords in the order in which their first kMaxDepth bytes end, the longer one first.
    for (std::size_t last = 0; last < line.size(); ++last) {
      for (std::size_t size = LiteralFinder::kMaxDepth; size > 0; --size) {
        if (size <= last + 1) look_at_keywords(last + 1 - size, size);
      }
    }
    for (std::size_t i = 0; i < engine_.rules_in_force().size(); ++i)
      look_without_keyword(static_cast<std::uint16_t>(i));
    join_edits(edits_, engine_.severities());
    return edits_;
  }

 private:
  struct Keyword {
    std::string text;
    std::vector<std::uint16_t> slots;
  };

  void add(const std::string& text, std::uint16_t slot) {
    std::vector<Keyword>& same = keywords_[text.substr(0, LiteralFinder::kMaxDepth)];
    for (Keyword& known : same) {
      if (known.text == text) return known.slots.push_back(slot);
    }
    same.push_back({text, {slot}});
  }

  void look_at_keywords(std::size_t begin, std::size_t size) {
    folded_.assign(line_.substr(begin, size));
    for (char& c : folded_) c = ascii::to_lower(c);
    const auto known = keywords_.find(folded_);
    if (known == keywords_.end()) return;
    for (const Keyword& keyword : known->second) {
      if (!ascii::starts_with(line_.substr(begin), keyword.text)) continue;
      for (const std::uint16_t slot : keyword.slots) look(slot, begin, begin + keyword.text.size());
    }
  }

  void look(std::uint16_t slot, std::size_t begin, std::size_t end) {
    const CompiledRule& rule = engine_.rule_set().rules()[engine_.rules_in_force()[slot].rule];
    // What a scanner found is one value.
    const std::string_view behind = line_.substr(end, std::max(value_end_, end) - end);
    const bool is_at_end = behind.find_first_not_of("\\\"' :=") == std::string_view::npos;
    if (rule.is_scanned() && begin < value_end_ && !is_at_end) return;
    Secrets secrets;
    RuleCounters counters;
    rule.find({line_, begin, end}, secrets, counters);
    if (rule.is_scanned() && secrets.size() > 0) value_end_ = secrets.back().end;
    if (engine_.rules_in_force()[slot].state == RuleState::report) return;
    for (const Secret& secret : secrets) {
      edits_.push_back(
          {static_cast<std::uint32_t>(secret.begin), static_cast<std::uint32_t>(secret.end), slot});
    }
  }

  bool is_digits(std::size_t at, std::size_t count) const {
    return at + count <= line_.size() && ascii::all_of(line_.substr(at, count), ascii::is_digit);
  }

  // Shapes and whole lines.
  void look_without_keyword(std::uint16_t slot) {
    const Rule& rule = engine_.rule_of(slot);
    const bool is_whole_line =
        engine_.rule_set().rules()[engine_.rules_in_force()[slot].rule].looks_at_whole_lines();
    if (is_whole_line && !line_.empty()) return look(slot, 0, line_.size());
    for (std::size_t at = 0; at < line_.size(); ++at) {
      const bool is_first = at == 0 || !ascii::is_digit(line_[at - 1]);
      bool is_place = false;
      if (rule.kind == RuleKind::card) {
        const bool is_group = is_digits(at, 4) && is_digits(at + 5, 4) &&
                              (line_[at + 4] == ' ' || line_[at + 4] == '-');
        is_place = is_first && (is_digits(at, 13) || is_group);
      } else if (rule.kind == RuleKind::iban) {
        is_place = ascii::is_upper(line_[at]) && at + 4 <= line_.size() &&
                   ascii::is_upper(line_[at + 1]) && is_digits(at + 2, 2) &&
                   (at == 0 || !ascii::is_alnum(line_[at - 1]));
      } else if (rule.kind == RuleKind::email) {
        is_place = line_[at] == '@';
      } else if (rule.kind == RuleKind::regex && rule.keywords.empty()) {
        is_place = is_first && is_digits(at, 3);
      }
      if (is_place) look(slot, at, at + 1);
    }
  }

  const MaskEngine& engine_;
  std::map<std::string, std::vector<Keyword>> keywords_;
  std::string folded_;
  std::string_view line_;
  std::vector<Edit> edits_;
  std::size_t value_end_ = 0;
};

// The engine gets many lines at once, the oracle one by one.
void check(const MaskEngine& engine, const std::vector<std::string>& lines) {
  Oracle oracle(engine);
  MaskEngine::Scratch scratch;
  std::string text;
  std::vector<Edit> expected;
  for (const std::string& line : lines) {
    for (Edit edit : oracle.find(line)) {
      edit.begin += static_cast<std::uint32_t>(text.size());
      edit.end += static_cast<std::uint32_t>(text.size());
      expected.push_back(edit);
    }
    text += line;
    text += '\n';
  }
  std::vector<Edit> edits;
  engine.find(text, scratch, edits);
  CHECK(scratch.unverified == 0);
  if (edits == expected) return;
  const auto [engine_at, oracle_at] =
      std::mismatch(edits.begin(), edits.end(), expected.begin(), expected.end());
  const auto tell = [&](const char* who, std::vector<Edit>::const_iterator edit, bool is_end) {
    if (is_end) return;
    const std::size_t begin = edit->begin == 0 ? 0 : text.rfind('\n', edit->begin - 1) + 1;
    UNSCOPED_INFO(who << " has " << engine.rule_of(edit->slot).id << " over \""
                      << text.substr(edit->begin, edit->end - edit->begin) << "\" in: "
                      << text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin));
  };
  tell("the engine", engine_at, engine_at == edits.end());
  tell("the oracle", oracle_at, oracle_at == expected.end());
  FAIL("they differ");
}

std::vector<std::string> lines_of(const std::vector<std::string>& texts) {
  std::vector<std::string> lines;
  for (const std::string& text : texts) {
    std::istringstream stream(text);
    // A mask of ours is left alone, which the oracle knows nothing of.
    for (std::string line; std::getline(stream, line);) {
      if (line.find("[masked:") == std::string::npos) lines.push_back(line);
    }
  }
  return lines;
}

void check_mutated(std::size_t rounds) {
  World world = World::all();
  Dice dice(11);
  for (std::size_t round = 0; round < rounds; ++round) {
    std::vector<std::string> texts;
    for (const std::string& example : mask_testing::rule_examples())
      texts.push_back(mask_testing::mutated(example, dice, 4));
    check(world.plan().engine, lines_of(texts));
  }
}

// Lines of real logs, if they are there.
std::vector<std::string> loghub_lines(std::uintmax_t most_bytes_of_file) {
  const char* given = std::getenv("LOGD_LOGHUB");
  std::vector<std::string> lines;
  if (given == nullptr) return lines;
  const std::filesystem::path directory = given;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::ifstream file(entry.path());
    std::uintmax_t left = most_bytes_of_file;
    for (std::string line; std::getline(file, line) && line.size() < left;) {
      left -= line.size();
      lines.push_back(line);
    }
  }
  return lines;
}

void check_loghub(std::uintmax_t most_bytes_of_file) {
  const std::vector<std::string> lines = loghub_lines(most_bytes_of_file);
  if (lines.empty()) WARN("no sample of real logs here (LOGD_LOGHUB)");
  World world = World::all();
  check(world.plan().engine, lines);
}

}  // namespace

TEST_CASE("MaskEngine: finds what every rule at every place would, in all examples", "[mask]") {
  World all = World::all();
  World defaults = World::defaults();
  const std::vector<std::string> lines = lines_of(mask_testing::rule_examples());
  check(all.plan().engine, lines);
  check(defaults.plan().engine, lines);
}

TEST_CASE("MaskEngine: the same in examples that are dressed", "[mask]") {
  World world = World::all();
  std::vector<std::string> texts;
  for (const std::string& example : mask_testing::rule_examples()) {
    for (const std::string& line : mask_testing::dressed(example)) texts.push_back(line);
  }
  check(world.plan().engine, lines_of(texts));
}

TEST_CASE("MaskEngine: the same in examples with bytes changed", "[mask]") { check_mutated(4); }
TEST_CASE("MaskEngine: the same, at length", "[mask][.][full]") { check_mutated(60); }
TEST_CASE("MaskEngine: the same in real logs", "[mask]") { check_loghub(60'000); }
TEST_CASE("MaskEngine: the same in more of real logs", "[mask][.][full]") {
  check_loghub(2'000'000);
}

}  // namespace logd
