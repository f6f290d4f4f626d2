// SPDX-License-Identifier: Apache-2.0
#include "rules/config_check.h"

#include <fmt/format.h>

#include <set>

#include "rules/policy.h"
#include "rules/user_rules.h"

namespace logd {
namespace {

// "logd.toml:14", where a section sets the key; nothing if it does not.
std::string origin_of(const LoadedConfig& loaded, const std::string& section,
                      const std::string& key) {
  for (const Setting& setting : loaded.settings) {
    const bool is_of_file = !loaded.file.empty() && setting.origin.starts_with(loaded.file + ":");
    if (setting.section == section && setting.key == key && is_of_file) return setting.origin;
  }
  return {};
}

}  // namespace

std::vector<std::string> policy_problems(const LoadedConfig& loaded, const std::vector<Rule>& rules,
                                         const std::vector<RulePack>& packs) {
  std::vector<std::string> problems;
  std::set<std::string> of_defaults;
  for (const std::string& text : check_policy(loaded.config.defaults.masking, rules, packs)) {
    of_defaults.insert(text);
    problems.push_back(
        fmt::format("{}: masking: {}", origin_of(loaded, "defaults", "masking"), text));
  }
  for (const auto& [name, process] : loaded.config.processes) {
    const std::string origin = origin_of(loaded, "process." + name, "masking");
    if (origin.empty()) continue;  // all of it comes from the defaults
    for (const std::string& text : check_policy(process.masking, rules, packs)) {
      if (!of_defaults.contains(text))
        problems.push_back(fmt::format("{}: masking: {}", origin, text));
    }
  }
  return problems;
}

std::vector<std::string> masking_problems(const LoadedConfig& loaded, const RuleSetCheck& check) {
  const UserRules user = read_user_rules(loaded.config.rules_dir);
  RuleLibrary library = with_user_rules(built_in_library(), user.files);
  std::vector<RuleProblem> found = user.problems;
  found.insert(found.end(), library.problems.begin(), library.problems.end());
  if (found.empty() && check) found = check(library.rules, library.packs);
  std::vector<std::string> problems;
  const std::string origin = origin_of(loaded, "", "rules_dir");
  if (user.is_missing && !origin.empty()) {
    problems.push_back(
        fmt::format("{}: rules_dir: there is no directory {}", origin, loaded.config.rules_dir));
  }
  for (const RuleProblem& problem : found) problems.push_back(problem.text() + problem.source);
  // Without the user's rules, names of theirs would seem to be wrong.
  if (!problems.empty()) return problems;
  return policy_problems(loaded, library.rules, library.packs);
}

}  // namespace logd
