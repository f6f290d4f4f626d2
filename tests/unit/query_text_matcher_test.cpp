// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <random>
#include <string>

#include "query/literal_search.h"
#include "query/text_matcher.h"

using namespace logd;

namespace {

constexpr std::size_t kNowhere = std::string_view::npos;

TextMatcher matcher(const std::vector<std::string>& patterns, PatternOptions options = {}) {
  auto compiled = TextMatcher::compile(patterns, options, "-g");
  if (!compiled) FAIL(compiled.error().message());
  return std::move(*compiled);
}

bool matches(const std::string& pattern, std::string_view line, PatternOptions options = {}) {
  return matcher({pattern}, options).matches(line);
}

std::string error_of(const std::vector<std::string>& patterns) {
  const auto compiled = TextMatcher::compile(patterns, {}, "-g");
  REQUIRE_FALSE(compiled);
  return compiled.error().message();
}

constexpr PatternOptions kFixed{.is_fixed = true, .ignores_case = false};
constexpr PatternOptions kAnyCase{.is_fixed = false, .ignores_case = true};

}  // namespace

TEST_CASE("LiteralSearch: agrees with a simple search at every place and length", "[query]") {
  std::mt19937 random(1);
  const std::string letters = "abAB@`\xc3z";
  const auto text_of = [&](std::size_t length) {
    std::string text(length, ' ');
    for (char& c : text) c = letters[random() % letters.size()];
    return text;
  };
  const auto lower = [](std::string text) {
    for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    return text;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = text_of(random() % 70);
    const std::string literal = text_of(random() % 5);
    const std::size_t from = random() % 20;
    const LiteralSearch exact(literal, LetterCase::exact);
    const LiteralSearch any(literal, LetterCase::any);
    REQUIRE(exact.find(text, from) == text.find(literal, from));
    REQUIRE(any.find(text, from) == lower(text).find(lower(literal), from));
  }
}

TEST_CASE("TextMatcher: a pattern's case counts only if it has a capital", "[query]") {
  CHECK(matches("error", "An ERROR here"));
  CHECK_FALSE(matches("Error", "An ERROR here"));
  CHECK(matches("Error", "An ERROR here", kAnyCase));
  CHECK(matches("ERR.R", "An ERROR here"));
  CHECK_FALSE(matches("ERR.R", "An error here"));
  CHECK(matches(R"(\Serr\W)", "xERR "));  // \S and \W are no capitals
  CHECK(matches("err", "ERR", kFixed));
  CHECK_FALSE(matches("eRr", "ERR", kFixed));
}

TEST_CASE("has_upper_case: letters that stand for themselves", "[query]") {
  for (const char* pattern : {"A", "a|B", "[A-Z]", "\\\\A", "\\QA\\E", "(?P<name>A)", "\\x{41}B"})
    CHECK(has_upper_case(pattern));
  for (const char* pattern : {"a", "\\S", "\\pL", "\\p{Greek}", "(?P<Name>a)", "\\xAF", "\\x{AF}",
                              "\\Qa\\E", "[[:alpha:]]", "\\", "(?U)a", "\\Q", "\\p{"})
    CHECK_FALSE(has_upper_case(pattern));
}

TEST_CASE("TextMatcher: several patterns are alternatives, each with its case", "[query]") {
  const TextMatcher any = matcher({"timeout", "Refused", "a|b$"});
  CHECK(any.matches("TIMEOUT"));
  CHECK(any.matches("Refused"));
  CHECK_FALSE(any.matches("refused"));
  CHECK(any.matches("xyzB"));
  CHECK_FALSE(any.matches("xyz."));
  CHECK_FALSE(matcher({}).matches("x"));
  CHECK(matcher({""}).matches(""));
  CHECK(matcher({"", "x"}).matches("y"));
}

TEST_CASE("TextMatcher: lines are bytes", "[query]") {
  const std::string line = "caf\xc3\xa9 \xff\xfe end\r";
  CHECK(matches("caf\xc3\xa9", line));
  CHECK(matches("caf.. .. end", line));
  CHECK(matches("end\\r", line));
  CHECK(matches("^(\xc3\xa9){2}$", "\xc3\xa9\xc3\xa9"));
  CHECK(matches("^\xc3\xa9{2}$", "\xc3\xa9\xc3\xa9"));
  CHECK(matches("^x\xe6\x97\xa5?y", "xy"));
  CHECK_FALSE(matches("^\xc3\xa9+$", "\xc3\xa9\xa9"));
  CHECK(error_of({"[a\xc3\xa9]"}).find("a [class] takes bytes") != std::string::npos);
  CHECK(matches("[]x][[:digit:]\\]]\xc3\xa9", "]5\xc3\xa9"));
  CHECK(matches("a\\x00b", std::string_view("a\0b", 3)));
  CHECK(matches("\xff", line, kFixed));
}

TEST_CASE("TextMatcher: quoted parts reach no further than they should", "[query]") {
  CHECK(matches("\\Qa.b", "a.b"));
  CHECK_FALSE(matches("\\Qa.b", "axb"));
  CHECK(matches("x\\Q(\\Ey", "x(y"));
  CHECK(matcher({"\\Q(a", "b"}).matches("(a"));
  CHECK(matcher({"\\Q[", "b"}).matches("b"));
  CHECK(matches("a\\\\Qb", "a\\Qb"));
}

TEST_CASE("TextMatcher: fixed is text as it is", "[query]") {
  CHECK(matches("a.b[c]*", "x a.b[c]* y", kFixed));
  CHECK_FALSE(matches("a.b", "axb", kFixed));
  CHECK(matcher({"a.b", "(c)"}, kFixed).matches("(C)"));
  CHECK_FALSE(matcher({"a.b", "(c)"}, kFixed).matches("c"));
}

TEST_CASE("TextMatcher: finds one match after the other", "[query]") {
  const TextMatcher digits = matcher({"[0-9]+"});
  CHECK(digits.find("a 12 345", 0) == ByteRange{2, 4});
  CHECK(digits.find("a 12 345", 4) == ByteRange{5, 8});
  CHECK_FALSE(digits.find("a 12 345", 8));
  CHECK_FALSE(digits.find("a", 2));
  const TextMatcher text = matcher({"ab"});
  CHECK(text.find("xABab", 0) == ByteRange{1, 3});
  CHECK(text.find("xABab", 3) == ByteRange{3, 5});
  CHECK_FALSE(matcher({}).find("x"));
}

TEST_CASE("TextMatcher: says which pattern is wrong and why", "[query]") {
  CHECK(error_of({"ok", "a(b"}).starts_with("-g 'a(b': missing ): a(b; --fixed"));
  CHECK(error_of({"a)|(b"}).starts_with("-g 'a)|(b': "));
  CHECK(error_of({"*"}).find("no argument for repetition operator") != std::string::npos);
  CHECK(error_of({"(?<!x)y"}).starts_with("-g '(?<!x)y': "));
  CHECK(error_of({std::string(5000, 'a')}).find("longer than 4096 bytes") != std::string::npos);
  CHECK(error_of({"\x1b[2J["}).find('\x1b') == std::string::npos);
  CHECK(error_of(std::vector<std::string>(300, "a")).find("300 times") != std::string::npos);
}

TEST_CASE("needed_literal: the longest text that every match holds", "[query]") {
  CHECK(needed_literal("error") == "error");
  CHECK(needed_literal("connect.*refused") == "connect");
  CHECK(needed_literal("a\\.b+cde?f") == "a.b");
  CHECK(needed_literal("^GET /api/[a-z]+/x$") == "GET /api/");
  CHECK(needed_literal("(ab|cd)efg") == "efg");
  CHECK(needed_literal("ab(cde)?f") == "ab");
  CHECK(needed_literal("\\d+ms") == "ms");
  CHECK(needed_literal("x{3}yz") == "yz");
  CHECK(needed_literal("[]x]abc[^]y]") == "abc");
  CHECK(needed_literal("[[:alpha:]x]abc") == "abc");
  CHECK(needed_literal("a|b").empty());
  CHECK(needed_literal("(?i)abc").empty());
  CHECK(needed_literal("\\x41bc").empty());
  CHECK(needed_literal(".*").empty());
}

// Whatever the expression: what matches must hold the literal, and a short cut changes no answer.
TEST_CASE("TextMatcher: the short cut never loses a match", "[query]") {
  std::mt19937 random(3);
  const std::vector<std::string> parts = {
      "a",     "b",    "AB",   ".",   "*",    "+",     "?",        "|",           "(",
      ")",     "[ab]", "[^a]", "\\.", "\\d",  "$",     "^",        "{2}",         "{",
      "\\x61", "abc",  "\\b",  "c",   "(ab)", "(?:b)", "\xc3\xa9", "[[:digit:]]", "}"};
  const std::string letters = "abcABC.1 \xc3\xa9\xe3";
  int compiled = 0;
  for (int i = 0; i < 4'000; ++i) {
    std::string pattern;
    for (std::size_t k = random() % 6 + 1; k > 0; --k) pattern += parts[random() % parts.size()];
    const auto fast = TextMatcher::compile({pattern}, {}, "-g");
    if (!fast) continue;
    ++compiled;
    // A second pattern that matches nothing leaves no short cut.
    const TextMatcher slow = matcher({pattern, "never\\b\\Bnever"});
    for (int k = 0; k < 30; ++k) {
      std::string line(random() % 12, ' ');
      for (char& c : line) c = letters[random() % letters.size()];
      INFO("pattern " << pattern << " line " << line);
      const bool has_folded = line.find('\xe3') != std::string::npos;
      if (has_folded && pattern.find('\xc3') != std::string::npos) continue;
      REQUIRE(fast->matches(line) == slow.matches(line));
      REQUIRE(fast->find(line).has_value() == slow.matches(line));
    }
  }
  CHECK(compiled > 1000);
}

TEST_CASE("TextMatcher: candidates of a block lose no line", "[query]") {
  const std::string block = "one\ntwo error\nthree\nERROR four\n";
  const TextMatcher text = matcher({"error.f"});
  CHECK(text.next_candidate(block, 0) == 8);
  CHECK(text.next_candidate(block, 14) == block.find("ERROR"));
  CHECK(text.next_candidate(block, 26) == kNowhere);
  CHECK(matcher({"[0-9]"}).next_candidate(block, 5) == 5);
  CHECK(matcher({}).next_candidate(block, 5) == kNowhere);
}
