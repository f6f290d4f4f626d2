// Loads the rules that a command without a daemon works with: built-in ones and the user's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "logd/config.h"
#include "rules/masking.h"
#include "rules/rule_library.h"

namespace logd {

// Built-in rules and those of the configuration's rules_dir; a directory that is not there counts
// as empty. What is wrong is in `problems`.
RuleLibrary library_of(const Config& config);

// Says each problem on standard error.
void complain_of_rules(const std::vector<RuleProblem>& problems);

// Compiles them. What is wrong is said on standard error. Errors: invalid.
Result<std::unique_ptr<MaskRules>> compile_rules(RuleLibrary library);

}  // namespace logd
