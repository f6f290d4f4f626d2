// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "rules/config_check.h"
#include "rules/policy.h"

using namespace logd;

namespace {

Rule make_rule(const std::string& id, const std::string& pack, const std::string& category,
               RuleState state = RuleState::on, std::optional<Style> style = std::nullopt) {
  Rule rule;
  rule.id = id;
  rule.pack = pack;
  rule.category = category;
  rule.state = state;
  rule.style = style;
  return rule;
}

const std::vector<Rule> kRules = {
    make_rule("github-pat", "vcs", "vcs"),
    make_rule("any-key", "vcs", "vcs", RuleState::report),
    make_rule("rare", "vcs", "vcs", RuleState::off),
    make_rule("card", "pii", "pii", RuleState::on, Style::partial),
    make_rule("email", "pii", "pii"),
    make_rule("ipv4", "network", "pii"),
};
const std::vector<RulePack> kPacks = {{"vcs", "", true}, {"pii", "", true}, {"network", "", false}};

// "github-pat any-key? card:partial email": '?' is report, a style is shown if not token.
std::string selected(const MaskingConfig& masking) {
  static const char* const kStyles[] = {"", ":hash", ":partial", ":fixed", ":remove", ":same"};
  std::string text;
  for (const SelectedRule& one : select_rules(masking, kRules, kPacks)) {
    text += (text.empty() ? "" : " ") + kRules[one.index].id;
    text += one.state == RuleState::report ? "?" : "";
    text += kStyles[static_cast<int>(one.style)];
  }
  return text;
}

std::string with_packs(const std::vector<std::string>& packs) {
  MaskingConfig masking;
  masking.packs = packs;
  return selected(masking);
}

std::string problems_of(const MaskingConfig& masking) {
  std::string text;
  for (const std::string& problem : check_policy(masking, kRules, kPacks)) text += problem + "\n";
  return text;
}

}  // namespace

TEST_CASE("select_rules: packs", "[rules]") {
  CHECK(with_packs({"default"}) == "github-pat any-key? card:partial email");
  CHECK(with_packs({"all"}) == "github-pat any-key? card:partial email ipv4");
  CHECK(with_packs({"default", "network"}) == "github-pat any-key? card:partial email ipv4");
  CHECK(with_packs({"network"}) == "ipv4");
  CHECK(with_packs({"default", "-pii"}) == "github-pat any-key?");
  CHECK(with_packs({"-pii", "default"}) == "github-pat any-key?");
  CHECK(with_packs({"-pii"}) == "github-pat any-key?");
  CHECK(with_packs({"all", "-vcs", "-pii"}) == "ipv4");
  CHECK(with_packs({}).empty());
}

TEST_CASE("select_rules: single rules and modes", "[rules]") {
  MaskingConfig masking;
  masking.on = {"rare", "any-key", "ipv4"};
  masking.off = {"email"};
  CHECK(selected(masking) == "github-pat any-key rare card:partial ipv4");
  masking.off = {"rare"};  // masking is the safe side
  CHECK(selected(masking) == "github-pat any-key rare card:partial email ipv4");
  masking.mode = MaskingMode::report;
  CHECK(selected(masking) == "github-pat? any-key? rare? card?:partial email? ipv4?");
  masking.mode = MaskingMode::off;
  CHECK(selected(masking).empty());
}

TEST_CASE("select_rules: styles", "[rules]") {
  MaskingConfig masking;
  masking.styles = {{"default", Style::fixed}};
  CHECK(selected(masking) == "github-pat:fixed any-key?:fixed card:partial email:fixed");
  masking.styles["pii"] = Style::hash;
  CHECK(selected(masking) == "github-pat:fixed any-key?:fixed card:partial email:hash");
  masking.styles["card"] = Style::remove;
  CHECK(selected(masking) == "github-pat:fixed any-key?:fixed card:remove email:hash");
}

TEST_CASE("check_policy: names that are not there", "[rules]") {
  CHECK(problems_of({}).empty());
  MaskingConfig masking;
  masking.packs = {"default", "all", "-network", "netwrok", "-default"};
  masking.on = {"github-pta", "card"};
  masking.off = {"network", "card"};
  masking.styles = {
      {"pi", Style::hash}, {"pii", Style::hash}, {"card", Style::fixed}, {"default", Style::token}};
  CHECK(problems_of(masking) ==
        "packs: there is no pack \"netwrok\"; did you mean \"network\"?\n"
        "packs: there is no pack \"default\"\n"
        "on: there is no rule \"github-pta\"; did you mean \"github-pat\"?\n"
        "off: \"network\" is a pack, not a rule; write packs = [\"default\", \"-network\"]\n"
        "\"card\" is both on and off\n"
        "style: there is no category and no rule \"pi\"; did you mean \"pii\"?\n");
}

TEST_CASE("masking_problems: rule files, and names in logd.toml", "[rules]") {
  std::string pattern = (std::filesystem::temp_directory_path() / "logd-policy-XXXXXX").string();
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  const std::filesystem::path folder = pattern;
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder / name) << text;
  };
  const auto problems = [&](const std::string& config) {
    write("logd.toml", config);
    ConfigSources sources;
    sources.config = folder / "logd.toml";
    std::string text;
    for (const ConfigProblem& found : masking_problems(load_config(sources).value())) {
      std::string problem = found.place.text() + ": " + found.message;
      for (std::size_t at = 0; (at = problem.find(pattern + "/")) != std::string::npos;) {
        problem.erase(at, pattern.size() + 1);
      }
      text += problem + "\n";
    }
    return text;
  };
  const std::string rules_dir = "rules_dir = \"" + pattern + "/rules\"\n";
  CHECK(problems(rules_dir) == "logd.toml:1:1: rules_dir: there is no directory rules\n");
  std::filesystem::create_directory(folder / "rules");
  CHECK(problems(rules_dir).empty());
  CHECK(problems(rules_dir + "[defaults]\nmasking = { packs = [\"pi-us\"] }\n"
                             "[process.a]\nmasking = { mode = \"report\" }\n"
                             "[process.b]\nlevel = 1\n"
                             "[process.c]\nmasking = { off = [\"emial\"] }\n") ==
        "logd.toml:3:1: masking: packs: there is no pack \"pi-us\"; did you mean \"pii-us\"?\n"
        "logd.toml:9:1: masking: off: there is no rule \"emial\"; did you mean \"email\"?\n");
  write("rules/own.toml", "schema = 1\npack = \"own\"\nx = 1\n");
  CHECK(problems(rules_dir) == "rules/own.toml:3:1: unknown field \"x\"\n");
  std::filesystem::remove_all(folder);
}
