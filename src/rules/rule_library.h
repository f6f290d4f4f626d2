// Puts rule files together: those that are part of this program, and the user's on top of them.
//
// A rule of the user's with the id of a built-in one takes its place. A user's file may add to a
// pack or name a new one; whether a built-in pack is on by default it cannot change, that is for
// `masking` in logd.toml. Anything wrong in one file refuses them all. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "mask/rule.h"
#include "rules/rule_file.h"

namespace logd {

inline constexpr std::size_t kMaxRuleFiles = 256;
inline constexpr std::size_t kMaxRuleFileBytes = 1024 * 1024;
inline constexpr std::size_t kMaxRules = 8192;  // all files together

// A file's name for messages, and its contents.
struct RuleText {
  std::string name;
  std::string text;
  bool operator==(const RuleText&) const = default;
};

struct RuleLibrary {
  std::vector<Rule> rules;
  std::vector<RulePack> packs;
  std::vector<RuleProblem> problems;  // with any, there are no rules and no packs
};

// What is part of this program; a test keeps it without problems.
RuleLibrary built_in_library();

// `built_in` with the user's files, in this order.
RuleLibrary with_user_rules(const RuleLibrary& built_in, std::span<const RuleText> user);

// The same of any files, as if they were part of the program.
RuleLibrary library_of(std::span<const RuleText> files);

}  // namespace logd
