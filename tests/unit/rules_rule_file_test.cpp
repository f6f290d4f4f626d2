// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <chrono>
#include <random>
#include <string>

#include "rules/built_in_rules.h"
#include "rules/rule_file.h"
#include "rules/rule_library.h"

using namespace logd;

namespace {

const std::string kHead = "schema = 1\npack = \"own\"\n";
const std::string kRule =
    "[[rule]]\n"
    "id = \"own-key\"\n"
    "category = \"saas\"\n"
    "description = \"A key\"\n"
    "keywords = [\"own_\"]\n"
    "anchor = \"keyword\"\n"
    "regex = '''own_[0-9a-f]{32}'''\n"
    "examples = ['key own_00112233445566778899aabbccddeeff']\n";

// "line:column: message", one a line.
std::string problems_of(const std::string& text, RuleOrigin origin = RuleOrigin::user) {
  std::string problems;
  for (const RuleProblem& problem : read_rule_file("own.toml", text, origin).problems) {
    CHECK(problem.file == "own.toml");
    problems += problem.text().substr(9) + "\n";
  }
  return problems;
}

// Of a rule that is good but for one line, the ninth of the rule and eleventh of the file.
std::string problems_with(const std::string& line) { return problems_of(kHead + kRule + line); }

// Of a rule in which `from` is replaced.
std::string problems_of_changed(const std::string& from, const std::string& to) {
  std::string text = kHead + kRule;
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return problems_of(text.replace(at, from.size(), to));
}

Rule rule_with(const std::string& lines) {
  const RuleFile file = read_rule_file("own.toml", kHead + kRule + lines, RuleOrigin::user);
  for (const RuleProblem& problem : file.problems) FAIL_CHECK(problem.text());
  REQUIRE(file.rules.size() == 1);
  return file.rules[0];
}

}  // namespace

TEST_CASE("read_rule_file: takes a rule, and gives the rest its default", "[rules]") {
  const Rule rule = rule_with("");
  CHECK(rule.id == "own-key");
  CHECK(rule.pack == "own");
  CHECK(rule.category == "saas");
  CHECK(rule.description == "A key");
  CHECK(rule.keywords == std::vector<std::string>{"own_"});
  CHECK(rule.regex == "own_[0-9a-f]{32}");
  CHECK(rule.anchor == Anchor::keyword);
  CHECK(rule.kind == RuleKind::regex);
  CHECK(rule.state == RuleState::on);
  CHECK(rule.severity == Severity::medium);
  CHECK(rule.boundary == Boundary::token);
  CHECK(rule.window_bytes == 256);
  CHECK(rule.min_bytes == 1);
  CHECK_FALSE(rule.style);
  CHECK(rule.allow.is_empty());
  CHECK(rule.examples.size() == 1);
  CHECK(rule.place.file == "own.toml");
  CHECK(rule.place.line == 4);
  CHECK(rule.place.column == 6);
}

TEST_CASE("read_rule_file: takes every field", "[rules]") {
  const RuleFile file = read_rule_file("own.toml", R"toml(
schema = 1
pack = "own"
default = "off"
description = "Ours"
[[rule]]
id = "own-key"
category = "saas"
description = "A key"
default = "report"
severity = "high"
kind = "regex"
keywords = ["own"]
anchor = "line"
before = 1024
window = 4096
boundary = "word"
regex = '''own ([0-9]+)'''
group = 1
near = ["key"]
near_bytes = 1024
validators = ["not_word", "mixed(3)"]
min_bytes = 8
style = "same_length"
allow = { exact = ["a"], prefix = ["b"], suffix = ["c"], regex = ["d"] }
examples = ["own 12345678"]
counter_examples = ["own goal"]
[[rule]]
id = "own-passwords"
category = "protocol"
description = "Keys of ours"
kind = "key_value"
keywords = ["geheim"]
examples = ["geheim=sesam"]
)toml",
                                       RuleOrigin::user);
  for (const RuleProblem& problem : file.problems) FAIL_CHECK(problem.text());
  CHECK(file.pack.name == "own");
  CHECK(file.pack.description == "Ours");
  CHECK_FALSE(file.pack.is_on);
  REQUIRE(file.rules.size() == 2);
  const Rule& rule = file.rules[0];
  CHECK(rule.state == RuleState::report);
  CHECK(rule.severity == Severity::high);
  CHECK(rule.anchor == Anchor::line);
  CHECK(rule.before_bytes == 1024);
  CHECK(rule.window_bytes == 4096);
  CHECK(rule.boundary == Boundary::word);
  CHECK(rule.group == 1);
  CHECK(rule.near == std::vector<std::string>{"key"});
  CHECK(rule.near_bytes == 1024);
  CHECK(rule.validators == std::vector<std::string>{"not_word", "mixed(3)"});
  CHECK(rule.min_bytes == 8);
  CHECK(rule.style == Style::same_length);
  CHECK(rule.allow == AllowList{{"a"}, {"b"}, {"c"}, {"d"}});
  CHECK(rule.counter_examples.size() == 1);
  CHECK(file.rules[1].kind == RuleKind::key_value);
}

TEST_CASE("read_rule_file: every kind, in the order of its enum", "[rules]") {
  const std::vector<std::string> kinds = {"card",       "iban",         "email",  "key_value",
                                          "name_value", "url_userinfo", "cookie", "private_key"};
  std::string text = kHead;
  for (const std::string& kind : kinds) {
    const bool is_shape = kind == "card" || kind == "iban" || kind == "email";
    std::string id = "own-" + kind;
    std::replace(id.begin(), id.end(), '_', '-');
    text += "[[rule]]\nid = \"" + id + "\"\ncategory = \"x\"\ndescription = \"x\"\nkind = \"" +
            kind + "\"\nexamples = [\"x\"]\nkeywords = [" + (is_shape ? "" : "\"://\"") + "]\n";
  }
  CHECK(problems_of(text).empty());
  const RuleFile file = read_rule_file("own.toml", text, RuleOrigin::user);
  for (std::size_t i = 0; i < file.rules.size(); ++i) {
    CHECK(static_cast<std::size_t>(file.rules[i].kind) == i + 1);
  }
}

TEST_CASE("read_rule_file: the head of a file", "[rules]") {
  CHECK(problems_of("") ==
        "1:1: schema is missing: write \"schema = 1\"\n"
        "1:1: pack is missing\n");
  CHECK(problems_of("schema = 2\nnews = true\n") == "1:10: schema: this logd knows 1 only\n");
  CHECK(problems_of("schema = \"1\"\n") == "1:10: schema: this logd knows 1 only\n");
  CHECK(problems_of(kHead + "defualt = \"on\"\n") ==
        "3:1: unknown field \"defualt\"; did you mean \"default\"?\n");
  CHECK(problems_of(kHead + "default = \"report\"\n") ==
        "3:11: default: must be \"off\" or \"on\", not \"report\"\n");
  CHECK(problems_of("schema = 1\npack = \"My Pack\"\n") ==
        "2:8: pack: \"My Pack\" must be of small letters and digits, with single '-' between them, "
        "at most 64 bytes\n");
  CHECK(problems_of("schema = 1\npack = \"all\"\n") ==
        "2:8: pack: \"all\" stands for several packs: choose another name\n");
  CHECK(problems_of(kHead + "rule = 3\n") ==
        "3:1: rule: write each rule below a line \"[[rule]]\"\n");
  CHECK(problems_of(kHead + "[rule]\nid = \"a\"\n") ==
        "3:2: rule: write each rule below a line \"[[rule]]\"\n");
  CHECK(problems_of(kHead).empty());  // a file whose rules are all comments
}

TEST_CASE("read_rule_file: what is missing", "[rules]") {
  CHECK(problems_of(kHead + "[[rule]]\n") ==
        "3:1: id is missing\n3:1: category is missing\n3:1: description is missing\n"
        "3:1: regex is missing\n3:1: anchor is missing\n3:1: keywords is missing\n"
        "3:1: examples: must be at least 1, not 0\n");
  CHECK(problems_of(kHead + kRule, RuleOrigin::built_in) ==
        "3:1: counter_examples: must be at least 2, not 0\n"
        "10:12: examples: must be at least 3, not 1\n");
}

TEST_CASE("read_rule_file: words and names", "[rules]") {
  CHECK(problems_with("keyword = []\n") ==
        "11:1: unknown field \"keyword\"; did you mean \"keywords\"?\n");
  CHECK(problems_with("severity = \"hgih\"\n") ==
        "11:12: severity: must be \"low\", \"medium\" or \"high\", not \"hgih\"; did you mean "
        "\"high\"?\n");
  CHECK(problems_with("validators = [\"not_wrod\"]\n") ==
        "11:15: validators: no validator is named \"not_wrod\"; did you mean \"not_word\"?\n");
  CHECK(problems_with("validators = [\"mixed(9)\"]\n").find("from 1 to 4") != std::string::npos);
  CHECK(problems_with("style = \"hidden\"\n").find("\"token\", \"hash\"") != std::string::npos);
  CHECK(problems_with("allow = { exacty = [] }\n") ==
        "11:9: allow: unknown key \"exacty\"; did you mean \"exact\"?\n");
  CHECK(problems_with("allow = { prefix = [\"\"] }\n") ==
        "11:9: allow: prefix: must not be empty\n");
  for (const char* id : {"Own", "own_key", "-own", "own-", "own--key", "own key", ""}) {
    INFO(id);
    CHECK_FALSE(problems_of_changed("own-key", id).empty());
  }
  CHECK_FALSE(problems_of_changed("own-key", std::string(65, 'a')).empty());
  CHECK_FALSE(problems_of_changed("A key", "two\\nlines").empty());
}

TEST_CASE("read_rule_file: keywords", "[rules]") {
  CHECK(problems_of_changed("[\"own_\"]", "[\"ow\"]") ==
        "7:13: keywords: must have at least 3 bytes: shorter ones are in nearly every line\n");
  CHECK(problems_of_changed("[\"own_\"]", "[\"oWn\"]") ==
        "7:13: keywords: must be in lower case; capital letters are found as well\n");
  CHECK(problems_of_changed("[\"own_\"]", "[\"own\", \"own\"]") ==
        "7:20: keywords: \"own\" is there twice\n");
  CHECK(problems_of_changed("[\"own_\"]", "\"own\"") ==
        "7:12: keywords: must be a list of strings, not a string\n");
  CHECK(problems_of_changed("[\"own_\"]", "[]").find("must name at least one") !=
        std::string::npos);
  CHECK(problems_of_changed("keywords = [\"own_\"]\nanchor = \"keyword\"",
                            "keywords = []\nanchor = \"line\"")
            .empty());
}

TEST_CASE("read_rule_file: ranges", "[rules]") {
  CHECK(problems_with("window = 4097\n") == "11:10: window: must be from 1 to 4096, not 4097\n");
  CHECK(problems_with("window = 0\n") == "11:10: window: must be from 1 to 4096, not 0\n");
  CHECK(problems_with("window = \"1\"\n").find("whole number") != std::string::npos);
  CHECK(problems_with("min_bytes = 0\n") == "11:13: min_bytes: must be from 1 to 4096, not 0\n");
  CHECK(problems_with("min_bytes = 5000\n").find("from 1 to 4096") != std::string::npos);
  CHECK(problems_with("group = -1\n").find("from 0 to") != std::string::npos);
  CHECK(problems_with("near = [\"x\"]\nnear_bytes = 1025\n") ==
        "12:14: near_bytes: must be from 1 to 1024, not 1025\n");
  CHECK(problems_with("near_bytes = 10\n") == "11:1: near_bytes is of no use without near\n");
  CHECK(problems_with("before = 10\n") == "11:1: before is only for anchor = \"line\"\n");
  CHECK(problems_of_changed("'key own_", "'''a\nb own_").find("9") != 0);
  CHECK(problems_with("counter_examples = [\"a\\nb\"]\n") ==
        "11:21: counter_examples: must be one line\n");
  const std::string long_text(kMaxRuleTextBytes + 1, 'x');
  CHECK(problems_with("counter_examples = [\"" + long_text + "\"]\n").find("at most 4096") !=
        std::string::npos);
}

TEST_CASE("read_rule_file: a kind and its fields", "[rules]") {
  CHECK(problems_with("kind = \"key_value\"\n") ==
        "8:1: anchor is only for kind = \"regex\"\n9:1: regex is only for kind = \"regex\"\n");
  const std::string card =
      "[[rule]]\nid = \"own-card\"\ncategory = \"pii\"\ndescription = \"x\"\nkind = \"card\"\n"
      "examples = [\"x\"]\n";
  CHECK(problems_of(kHead + card).empty());
  CHECK(problems_of(kHead + card + "keywords = [\"card\"]\n") ==
        "9:12: keywords: must be [] or left out: this kind is found by its shape\n");
}

TEST_CASE("read_rule_file: ids are there once, and all problems at once", "[rules]") {
  CHECK(problems_of(kHead + kRule + kRule) == "12:6: id: \"own-key\" is already that of line 4\n");
  CHECK(problems_of(kHead + kRule + "x = 1\n" + kRule + "y = 1\n") ==
        "11:1: unknown field \"x\"\n13:6: id: \"own-key\" is already that of line 4\n"
        "20:1: unknown field \"y\"\n");
  const auto problems =
      read_rule_file("own.toml", kHead + kRule + "x = 1\n", RuleOrigin::user).problems;
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].source == "\n  x = 1\n  ^");
  CHECK(problems_of(kHead + "[[rule]\n").substr(0, 2) == "3:");
}

// Whatever stands in a file, it ends, and what it lets through is fit for use.
TEST_CASE("read_rule_file: survives damage", "[rules]") {
  std::mt19937 random(20261122);
  std::string original;
  for (const BuiltInRuleFile& file : built_in_rule_files()) {
    if (file.name == "rules/network.toml") original = file.text;
  }
  REQUIRE(original.size() > 1000);
  REQUIRE(read_rule_file("f", original, RuleOrigin::built_in).problems.empty());
  int good = 0;
  for (int round = 0; round < 1500; ++round) {
    std::string text = original;
    if (round % 3 == 0) text.resize(random() % text.size());
    for (unsigned flips = round % 3 == 0 ? 0 : 1 + random() % 4; flips > 0; --flips) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    const RuleFile file = read_rule_file("f", text, RuleOrigin::built_in);
    if (!file.problems.empty()) continue;
    ++good;
    REQUIRE(is_rule_name(file.pack.name));
    for (const Rule& rule : file.rules) {
      REQUIRE(is_rule_name(rule.id));
      REQUIRE_FALSE(rule.regex.empty());
      REQUIRE(rule.examples.size() >= 3);
      for (const std::string& keyword : rule.keywords) REQUIRE(keyword.size() >= kMinKeywordBytes);
      REQUIRE(rule.window_bytes <= kMaxWindowBytes);
    }
  }
  CHECK(good > 0);
  CHECK(good < 1500);
}
