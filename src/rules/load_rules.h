// Loads the rules that a daemon is to use: built-in and the user's; if those are wrong, the user's
// that last loaded well; if there are none, the built-in ones alone.
//
// Blocks for the disk. Any thread, one at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "rules/last_good_rules.h"
#include "rules/rule_library.h"

namespace logd {

enum class RuleSource : std::uint8_t {
  built_in,   // the user has none, or (degraded) none that can be used
  user,       // as their directory has them now
  last_good,  // as it had them when they last were right
};

struct LoadedRules {
  std::vector<Rule> rules;
  std::vector<RulePack> packs;
  RuleSource source = RuleSource::built_in;
  bool is_degraded = false;           // they are not those that the user's directory has now
  std::vector<RuleProblem> problems;  // of that directory, and of keeping it
};

// What else must be right for rules to be used, such as that the engine takes every regex: returns
// what is wrong. Null: nothing else.
using RuleSetCheck =
    std::function<std::vector<RuleProblem>(const std::vector<Rule>&, const std::vector<RulePack>&)>;

// The built-in rules are always among the result. Keeps what it read if that is good. A directory
// that is gone although rules of it were kept is a problem; one that was never there is none.
LoadedRules load_rules(const std::string& user_dir, const LastGoodRules& last_good,
                       const RuleSetCheck& check = nullptr);

}  // namespace logd
