// SPDX-License-Identifier: Apache-2.0
#include "ctl/rule_options.h"

#include <utility>

#include "ctl/command.h"
#include "rules/user_rules.h"

namespace logd {

RuleLibrary library_of(const Config& config) {
  UserRules user = read_user_rules(config.rules_dir);
  RuleLibrary library = with_user_rules(built_in_library(), user.files);
  library.problems.insert(library.problems.begin(), user.problems.begin(), user.problems.end());
  return library;
}

void complain_of_rules(const std::vector<RuleProblem>& problems) {
  for (const RuleProblem& problem : problems) complain(problem.text());
}

Result<std::unique_ptr<MaskRules>> compile_rules(RuleLibrary library) {
  std::vector<RuleProblem> problems = std::move(library.problems);
  Result<std::unique_ptr<MaskRules>> rules =
      problems.empty()
          ? MaskRules::compile(std::move(library.rules), std::move(library.packs), problems)
          : fail(ErrorCode::invalid, "the rules cannot be used");
  complain_of_rules(problems);
  return rules;
}

}  // namespace logd
