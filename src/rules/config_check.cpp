// SPDX-License-Identifier: Apache-2.0
#include "rules/config_check.h"

#include <fmt/format.h>

#include <set>

#include "rules/policy.h"
#include "rules/user_rules.h"

namespace logd {
namespace {

const ConfigOrigin* origin_of(const LoadedConfig& loaded, const std::string& section,
                              const std::string& key) {
  const auto found = loaded.origins.find({section, key});
  return found == loaded.origins.end() ? nullptr : &found->second;
}

}  // namespace

std::vector<ConfigProblem> policy_problems(const LoadedConfig& loaded,
                                           const std::vector<Rule>& rules,
                                           const std::vector<RulePack>& packs) {
  std::vector<ConfigProblem> problems;
  std::set<std::string> of_defaults;
  const auto look_at = [&](const std::string& section, const MaskingConfig& masking) {
    const ConfigOrigin* origin = origin_of(loaded, section, "masking");
    if (origin == nullptr) return;  // built in, or all of it comes from the defaults
    for (const std::string& text : check_policy(masking, rules, packs)) {
      if (section == "defaults")
        of_defaults.insert(text);
      else if (of_defaults.contains(text))
        continue;
      problems.push_back({origin->place,
                          "masking: " + (origin->shown.empty() ? text : "names what is not there"),
                          ProblemKind::error});
    }
  };
  look_at("defaults", loaded.config.defaults.masking);
  for (const auto& [name, process] : loaded.config.processes)
    look_at("process." + name, process.masking);
  return problems;
}

std::vector<ConfigProblem> masking_problems(const LoadedConfig& loaded, const RuleSetCheck& check) {
  const UserRules user = read_user_rules(loaded.config.rules_dir);
  RuleLibrary library = with_user_rules(built_in_library(), user.files);
  std::vector<RuleProblem> found = user.problems;
  found.insert(found.end(), library.problems.begin(), library.problems.end());
  if (found.empty() && check) found = check(library.rules, library.packs);
  std::vector<ConfigProblem> problems;
  for (RuleProblem& problem : found) {
    problems.push_back({{problem.file, problem.place.line, problem.place.column, problem.source},
                        std::move(problem.message),
                        ProblemKind::error});
  }
  // Without the user's rules, names of theirs would seem to be wrong.
  if (!problems.empty()) return problems;
  problems = policy_problems(loaded, library.rules, library.packs);
  const ConfigOrigin* origin = origin_of(loaded, "", "rules_dir");
  if (user.is_missing && origin != nullptr) {
    const std::string& shown = origin->shown.empty() ? loaded.config.rules_dir : origin->shown;
    problems.push_back({origin->place, fmt::format("rules_dir: there is no directory {}", shown),
                        ProblemKind::warning});
  }
  return problems;
}

}  // namespace logd
