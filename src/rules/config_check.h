// Finds what is wrong with masking as logd.toml has it: the user's rule files, and what [defaults]
// and each process name. What --check-config adds to the check of the file itself.
//
// Reads the files of rules_dir. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/config_file.h"
#include "rules/load_rules.h"
#include "rules/rule_library.h"

namespace logd {

// `check`: as for load_rules.
std::vector<ConfigProblem> masking_problems(const LoadedConfig& loaded,
                                            const RuleSetCheck& check = nullptr);

// Those of `masking` alone, by the rules that there are: check_policy() of [defaults] and of each
// process, each said once, where it follows from.
std::vector<ConfigProblem> policy_problems(const LoadedConfig& loaded,
                                           const std::vector<Rule>& rules,
                                           const std::vector<RulePack>& packs);

}  // namespace logd
