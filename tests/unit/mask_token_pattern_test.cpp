// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "mask/regex.h"
#include "mask/token_pattern.h"
#include "mask_world.h"

namespace logd {
namespace {

using mask_testing::Dice;

void check_same(const TokenPattern& pattern, const Regex& regex, int group, std::string_view text) {
  const auto by_walk = pattern.match(text);
  const auto by_engine = regex.find(text, 0, text.size(), Regex::At::start, group);
  const bool is_same = by_walk.has_value() == by_engine.has_value() &&
                       (!by_walk || (by_walk->end == by_engine->end &&
                                     by_walk->secret_begin == by_engine->group_begin &&
                                     by_walk->secret_end == by_engine->group_end));
  if (is_same) return;
  INFO("text: " << text << ", group " << group);
  if (by_walk) UNSCOPED_INFO("walk ends at " << by_walk->end);
  if (by_engine) UNSCOPED_INFO("RE2 ends at " << by_engine->end);
  FAIL("they differ");
}

// Where the expression matches in the rule's own examples, and the examples from each of their
// bytes on.
std::vector<std::string> texts_for(const Rule& rule, const Regex& regex) {
  std::vector<std::string> texts;
  for (const auto* list : {&rule.examples, &rule.counter_examples}) {
    for (const std::string& example : *list) {
      for (std::size_t at = 0; at < example.size(); ++at) {
        if (regex.find(example, at, example.size(), Regex::At::start, 0))
          texts.push_back(example.substr(at));
      }
    }
  }
  if (texts.empty()) texts.emplace_back(rule.keywords.empty() ? "123-45-6789" : rule.keywords[0]);
  return texts;
}

void check_rules(std::size_t rounds) {
  std::size_t taken = 0;
  for (const Rule& rule : built_in_library().rules) {
    if (rule.kind != RuleKind::regex) continue;
    const auto pattern = TokenPattern::parse(rule.regex, rule.group);
    if (!pattern) continue;
    ++taken;
    INFO("rule " << rule.id << ": " << rule.regex);
    const Result<Regex> regex = Regex::compile(rule.regex);
    REQUIRE(regex);
    Dice dice(taken);
    for (const std::string& text : texts_for(rule, *regex)) {
      check_same(*pattern, *regex, rule.group, text);
      for (std::size_t size = 0; size < text.size(); ++size)
        check_same(*pattern, *regex, rule.group, std::string_view(text).substr(0, size));
      for (std::size_t round = 0; round < rounds; ++round)
        check_same(*pattern, *regex, rule.group, mask_testing::mutated(text, dice, 4));
    }
  }
  CHECK(taken > 100);
}

}  // namespace

TEST_CASE("TokenPattern: matches what RE2 matches, on all rules that it takes", "[mask]") {
  check_rules(20);
}

TEST_CASE("TokenPattern: the same, at length", "[mask][.][full]") { check_rules(2000); }

TEST_CASE("TokenPattern: matches what RE2 matches, on all short texts", "[mask]") {
  constexpr std::pair<const char*, int> kExpressions[] = {
      {"a{1,2}b", 0},     {"ab?c", 0},       {"a(b*)c", 1},     {"a(b+)", 1},
      {"a[bc]{0,2}", 0},  {"(?:a|ab)c?", 0}, {"(?:ab|a)c?", 0}, {"(?:ab|a|c)(b{0,2})c?", 1},
      {"(?i)aB{2,}c", 0}, {"(?i)[^b]c+", 0}, {"[^bc]{2}", 0},   {"[]a]b", 0},
      {"[^]b]c", 0},      {"[a-]+b", 0},     {"(ab)c", 1},      {"a()b", 1},
      {R"(\w\Wa?)", 0},
  };
  std::vector<std::string> texts{""};
  for (std::size_t i = 0; i < 4000 && i < texts.size(); ++i) {
    if (texts[i].size() == 5) continue;
    for (const char c : std::string_view("abcB]-")) texts.push_back(texts[i] + c);
  }
  for (const auto& [expression, group] : kExpressions) {
    const auto pattern = TokenPattern::parse(expression, group);
    if (!pattern) continue;  // leaving it to RE2 is always right
    INFO(expression);
    const Result<Regex> regex = Regex::compile(expression);
    REQUIRE(regex);
    for (const std::string& text : texts) check_same(*pattern, *regex, group, text);
  }
}

TEST_CASE("TokenPattern: refuses what needs a step back or more than it knows", "[mask]") {
  for (const char* expression :
       {"a+ab",        "[a-z]*z",      "a?a",       "x{1,3}xy", "x{2,}[w-y]",
        "(a|b)c",      "a+?b",         R"(\bfoo)",  "^foo",     "foo$",
        "a.b",         "(a)(b)",       "(?:a|b)+c", "a{2}{3}",  "(a)*b",
        "[[:alpha:]]", R"(\x41b)",     R"(\Qa\E)",  "a*",       "",
        "a?b?",        "(?:ab?|c)b",   "a|b",       "ab|cd",    "(?:a",
        "a)",          "[a",           "a{",        "a{2,1}",   R"([a-\d]x)",
        "(?s)a",       "(?P<name>a)b", "a[b-a]",    R"(\pL+x)", "a{3}b*c?b",
        "a(?:b|c)",    "(?i)x+X",      "(?:)",      "a\\"})
    CHECK_FALSE(TokenPattern::parse(expression, 0).has_value());
  CHECK_FALSE(TokenPattern::parse("abc", 1).has_value());
  CHECK_FALSE(TokenPattern::parse("(a)b", 2).has_value());
}

// Taking what it should leave to RE2 would be one thing; but of two counts side by side the first
// must not take what the second needs.
TEST_CASE("TokenPattern: takes plain tokens", "[mask]") {
  for (const char* expression : {"ghp_[0-9A-Za-z]{36}", "(?:xoxb|xoxp)-[0-9]{10,13}-[a-z]+",
                                 "(?i)akia[0-9a-z]{16}", "a+b", R"(\$2[aby]\$[0-9]{2}\$)"})
    CHECK(TokenPattern::parse(expression, 0).has_value());
  const auto pattern = TokenPattern::parse("key=([0-9]{4,8});", 1);
  REQUIRE(pattern);
  CHECK(pattern->min_bytes() == 9);
  const auto match = pattern->match("key=12345; and more");
  REQUIRE(match);
  CHECK(match->secret_begin == 4);
  CHECK(match->secret_end == 9);
  CHECK(match->end == 10);
}

}  // namespace logd
