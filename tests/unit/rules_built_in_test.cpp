// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>

#include "mask/regex.h"
#include "mask_world.h"

namespace logd {
namespace {

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages >> pages;
  return pages * 4096;
}

// What becomes of a line under one rule of the user's.
std::string masked_by(const std::string& rule, std::string_view line) {
  const std::string text =
      "schema = 1\npack = \"own\"\n[[rule]]\nid = \"own-rule\"\n"
      "category = \"own\"\ndescription = \"d\"\nboundary = \"none\"\nexamples = [\"password=abcd "
      "end\"]\n" +
      rule;
  const std::vector<RuleText> files{{"own.toml", text}};
  RuleLibrary library = with_user_rules({}, files);
  std::vector<RuleProblem> problems = library.problems;
  auto rules = MaskRules::compile(std::move(library.rules), std::move(library.packs), problems);
  for (const RuleProblem& problem : problems) UNSCOPED_INFO(problem.text());
  REQUIRE(problems.empty());
  const Result<MaskPlan*> plan = (*rules)->plan_for({});
  REQUIRE(plan);
  const Masker masker((*plan)->engine, (*plan)->memory, nullptr, nullptr);
  MaskPass pass(masker, line, {});
  return std::string(pass.mask({line, RecordTag::full}).bytes());
}

}  // namespace

TEST_CASE("Built-in rules: they compile, and every example says the truth", "[mask][rules]") {
  const RuleLibrary library = built_in_library();
  REQUIRE(library.problems.empty());
  const auto problems = check_rules(library.rules, library.packs, ExamplesOf::all_files);
  for (const RuleProblem& problem : problems) UNSCOPED_INFO(problem.text());
  CHECK(problems.empty());
}

TEST_CASE("Built-in rules: reading and compiling them takes little time and memory",
          "[mask][rules]") {
  const std::size_t bytes_before = resident_bytes();
  const auto before = std::chrono::steady_clock::now();
  const mask_testing::World world = mask_testing::World::all();
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - before;
  const std::size_t bytes = resident_bytes() - bytes_before;
  INFO(spent.count() << " s, " << bytes / 1024 << " KiB");
  CHECK(spent.count() < 5);
  CHECK(bytes < (std::size_t{64} << 20));
}

TEST_CASE("Built-in rules: what they cost, printed", "[mask][rules][.][full]") {
  const std::size_t bytes_before = resident_bytes();
  const auto before = std::chrono::steady_clock::now();
  RuleLibrary library = built_in_library();
  const auto read = std::chrono::steady_clock::now();
  std::vector<RuleProblem> problems;
  const std::size_t count = library.rules.size();
  auto rules = MaskRules::compile(std::move(library.rules), std::move(library.packs), problems);
  REQUIRE(rules);
  const auto compiled = std::chrono::steady_clock::now();
  const Result<MaskPlan*> plan = (*rules)->plan_for({});
  REQUIRE(plan);
  const auto planned = std::chrono::steady_clock::now();
  const auto ms = [](auto duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
  };
  WARN(count << " rules: read " << ms(read - before) << " ms, compiled " << ms(compiled - read)
             << " ms, engine " << ms(planned - compiled) << " ms; resident memory grew by "
             << (resident_bytes() - bytes_before) / 1024 << " KiB; finder "
             << (*plan)->engine.finder().bytes() / 1024 << " KiB");
}

// In its UTF-8 mode RE2 ends a match at an invalid byte, and the rest of the secret shows.
TEST_CASE("Rules: a byte that is no UTF-8 does not end a secret", "[mask][rules]") {
  constexpr std::string_view kLine =
      "password=ab\xff"
      "cd end";
  CHECK(
      masked_by("anchor = \"keyword\"\nkeywords = [\"password=\"]\nregex = '''password=[^ ]+'''\n",
                kLine) == "[masked:own-rule] end");
  CHECK(masked_by("anchor = \"keyword\"\nkeywords = [\"password=\"]\nregex = '''password=([^ "
                  "]+)'''\ngroup = 1\n",
                  kLine) == "password=[masked:own-rule] end");
  // Left to RE2, since it has alternatives in its middle.
  CHECK(
      masked_by(
          "anchor = \"keyword\"\nkeywords = [\"password=\"]\nregex = '''password=(?:[^ ]|x)+'''\n",
          kLine) == "[masked:own-rule] end");
  CHECK(masked_by("keywords = [\"word=\"]\nanchor = \"line\"\nbefore = 16\n"
                  "regex = '''pass.ord=.+d'''\n",
                  kLine) == "[masked:own-rule]");
}

TEST_CASE("Regex: any byte is one character", "[mask]") {
  const Result<Regex> regex = Regex::compile("a.c[^ ]*");
  REQUIRE(regex);
  const std::string_view text =
      "a\xff"
      "c\x80\xc3z d";
  const auto match = regex->find(text, 0, text.size(), Regex::At::start, 0);
  REQUIRE(match);
  CHECK(match->end == 6);
}

}  // namespace logd
