// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "rules/built_in_rules.h"
#include "rules/rule_library.h"

using namespace logd;

namespace {

std::string rule(const std::string& id, const std::string& description = "x") {
  return "[[rule]]\nid = \"" + id + "\"\ncategory = \"saas\"\ndescription = \"" + description +
         "\"\nkeywords = [\"own_\"]\nanchor = \"keyword\"\nregex = 'own_[0-9]+'\n"
         "examples = ['own_1', 'own_2', 'own_3']\ncounter_examples = ['own', 'goal']\n";
}

std::string head(const std::string& pack) { return "schema = 1\npack = \"" + pack + "\"\n"; }

std::string problems_of(const RuleLibrary& library) {
  std::string text;
  for (const RuleProblem& problem : library.problems) text += problem.text() + "\n";
  return text;
}

RuleLibrary base() {
  return library_of(std::vector<RuleText>{
      {"rules/a.toml", head("a") + rule("one") + rule("two")},
      {"rules/b.toml", head("b") + "default = \"off\"\ndescription = \"B\"\n" + rule("three")}});
}

RuleLibrary with(const std::vector<RuleText>& user) { return with_user_rules(base(), user); }

std::string ids_of(const RuleLibrary& library) {
  std::string ids;
  for (const Rule& one : library.rules) ids += one.id + ":" + one.pack + " ";
  return ids;
}

}  // namespace

TEST_CASE("built_in_library: all files load, fast enough for a start", "[rules]") {
  CHECK(std::is_sorted(
      built_in_rule_files().begin(), built_in_rule_files().end(),
      [](const BuiltInRuleFile& a, const BuiltInRuleFile& b) { return a.name < b.name; }));
  const auto begin = std::chrono::steady_clock::now();
  const RuleLibrary library = built_in_library();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  CHECK(problems_of(library).empty());
  CHECK(library.rules.size() >= 490);
  CHECK(library.packs.size() == built_in_rule_files().size());
  // For sanitizers and a busy machine; alone it takes 10 to 20 ms.
  CHECK(took.count() < 1000);
  const auto is_on = [&](const std::string& name) {
    const auto pack = std::find_if(library.packs.begin(), library.packs.end(),
                                   [&](const RulePack& one) { return one.name == name; });
    REQUIRE(pack != library.packs.end());
    CHECK_FALSE(pack->description.empty());
    return pack->is_on;
  };
  CHECK(is_on("pii"));
  CHECK(is_on("cloud"));
  CHECK_FALSE(is_on("network"));
  CHECK_FALSE(is_on("pii-us"));
}

TEST_CASE("with_user_rules: adds rules and packs", "[rules]") {
  const RuleLibrary library =
      with({{"own.toml", head("own") + "default = \"off\"\n" + rule("four")},
            {"more.toml", head("own") + rule("five")},
            {"to-a.toml", head("a") + rule("six")}});
  CHECK(problems_of(library).empty());
  CHECK(ids_of(library) == "one:a two:a three:b four:own five:own six:a ");
  REQUIRE(library.packs.size() == 3);
  CHECK(library.packs[2].name == "own");
  CHECK_FALSE(library.packs[2].is_on);
}

TEST_CASE("with_user_rules: a rule with the id of a built-in one replaces it", "[rules]") {
  const RuleLibrary library = with({{"own.toml", head("a") + rule("two", "mine")}});
  CHECK(ids_of(library) == "one:a two:a three:b ");
  CHECK(library.rules[1].description == "mine");
  CHECK(library.rules[1].place.file == "own.toml");
  CHECK(ids_of(with({{"own.toml", head("own") + rule("two")}})) == "one:a two:own three:b ");
  CHECK(problems_of(with(
            {{"own.toml", head("a") + rule("two")}, {"own2.toml", head("a") + rule("two")}})) ==
        "own2.toml:4:6: id: \"two\" is already that of own.toml:4\n");
}

TEST_CASE("with_user_rules: cannot switch a pack that there is", "[rules]") {
  CHECK(problems_of(with({{"own.toml", head("b") + "default = \"on\"\n"}})) ==
        "own.toml:3:11: default: pack \"b\" is off by default in logd; packs are switched by "
        "masking = { packs = [...] } in logd.toml\n");
  CHECK(problems_of(with({{"own.toml", head("b") + "default = \"off\"\n"}})).empty());
  CHECK(problems_of(
            with({{"own.toml", head("own")}, {"x.toml", head("own") + "default = \"off\""}})) ==
        "x.toml:3:11: default: pack \"own\" is on by default in another file; packs are switched "
        "by masking = { packs = [...] } in logd.toml\n");
}

TEST_CASE("with_user_rules: one mistake refuses all, and all are told", "[rules]") {
  const RuleLibrary library = with({{"a.toml", head("own") + rule("four")},
                                    {"b.toml", "schema = 1\n"},
                                    {"c.toml", head("own") + rule("Five")}});
  CHECK(library.rules.empty());
  CHECK(library.packs.empty());
  CHECK(library.problems.size() == 2);
}

TEST_CASE("library_of: built-in files have no id twice and enough examples", "[rules]") {
  const RuleLibrary library = library_of(std::vector<RuleText>{
      {"a.toml", head("a") + rule("one")}, {"b.toml", head("b") + rule("one")}});
  CHECK(problems_of(library) == "b.toml:4:6: id: \"one\" is already that of a.toml:4\n");
}
