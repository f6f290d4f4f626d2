// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rules/built_in_rules.h"
#include "rules/masking.h"
#include "rules/policy.h"

namespace logd {
namespace {

bool is_built_in(const Rule& rule) {
  const auto files = built_in_rule_files();
  return std::any_of(files.begin(), files.end(),
                     [&](const BuiltInRuleFile& file) { return file.name == rule.place.file; });
}

class ExampleCheck {
 public:
  ExampleCheck(const RuleSet& set, const std::vector<RulePack>& packs,
               std::vector<RuleProblem>& problems)
      : set_(set), problems_(problems) {
    std::vector<Rule> rules;
    for (const CompiledRule& rule : set.rules()) rules.push_back(rule.rule());
    for (const SelectedRule& rule : select_rules({}, rules, packs))
      in_force_.push_back({rule.index, RuleState::on, rule.style});
    defaults_.emplace(set_, in_force_, AllowedSecrets());
  }

  void check(std::size_t index) {
    const Rule& rule = set_.rules()[index].rule();
    const MaskEngine alone(set_, {{index, RuleState::on, Style::token}}, {});
    for (const std::string& example : rule.examples) {
      if (edits_of(alone, example).empty())
        tell(rule, fmt::format("the example is not masked: {}", example));
    }
    for (const std::string& example : rule.counter_examples) {
      for (const MaskEngine* engine : {&alone, static_cast<const MaskEngine*>(&*defaults_)}) {
        const std::vector<Edit> edits = edits_of(*engine, example);
        if (edits.empty()) continue;
        tell(rule, fmt::format("the counter-example is masked by \"{}\": {}",
                               engine->rule_of(edits.front().slot).id, example));
        break;
      }
    }
  }

 private:
  std::vector<Edit> edits_of(const MaskEngine& engine, const std::string& line) {
    std::vector<Edit> edits;
    MaskEngine::Scratch scratch;
    engine.find(line, scratch, edits);
    std::erase_if(edits, [](const Edit& edit) { return edit.slot >= kFirstOwnSlot; });
    return edits;
  }

  void tell(const Rule& rule, std::string message) {
    problems_.push_back({rule.place.file,
                         {rule.place.line, rule.place.column},
                         fmt::format("rule \"{}\": {}", rule.id, message),
                         {}});
  }

  const RuleSet& set_;
  std::vector<RuleProblem>& problems_;
  std::vector<RuleInForce> in_force_;
  std::optional<MaskEngine> defaults_;
};

}  // namespace

std::vector<RuleProblem> check_rules(const std::vector<Rule>& rules,
                                     const std::vector<RulePack>& packs, ExamplesOf which) {
  std::vector<RuleProblem> problems;
  const auto compiled = MaskRules::compile(rules, packs, problems);
  if (!compiled) return problems;
  ExampleCheck check((*compiled)->set(), packs, problems);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (which == ExamplesOf::all_files || !is_built_in(rules[i])) check.check(i);
  }
  return problems;
}

}  // namespace logd
