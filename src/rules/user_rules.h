// Reads the user's rule files from their directory.
//
// Blocks for the disk. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "rules/rule_library.h"

namespace logd {

struct UserRules {
  bool is_missing = false;            // there is no such directory
  std::vector<RuleText> files;        // *.toml but hidden ones, in the order of their names
  std::vector<RuleProblem> problems;  // what could not be read
};

// Links are followed, as Kubernetes and others place files.
UserRules read_user_rules(const std::string& directory);

}  // namespace logd
