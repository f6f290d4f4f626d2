// Reads the text of one rule file into rules, strictly: whatever is unknown, missing or out of its
// range is a problem, with its place and what was probably meant.
//
// Whether a regex is one, and whether a keyword is in all of its matches, is the engine's business
// (mask/); what several files make together is rule_library.h's. The format is logd-rules(5)'s.
// Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/toml_tree.h"
#include "mask/rule.h"

namespace logd {

inline constexpr std::int64_t kRuleSchema = 1;
inline constexpr std::size_t kMaxRuleNameBytes = 64;    // ids, packs, categories
inline constexpr std::size_t kMaxRuleTextBytes = 4096;  // every other string
inline constexpr std::size_t kMaxRuleListItems = 1024;

// Those of logd must show more examples.
enum class RuleOrigin : std::uint8_t { built_in, user };

struct RuleProblem {
  std::string file;
  TomlPlace place;  // line 0: of the file as a whole
  std::string message;
  std::string source;  // the line with a caret, each after a newline; may be empty

  // "/etc/logd/rules/own.toml:14:3: message"
  std::string text() const;
};

struct RuleFile {
  RulePack pack;
  TomlPlace pack_place;
  TomlPlace default_place;  // line 0: the file does not say whether the pack is on
  std::vector<Rule> rules;
  std::vector<RuleProblem> problems;  // in the order of the file; with any, the rest is of no use
};

// `name` is for messages and RulePlace.
RuleFile read_rule_file(const std::string& name, std::string_view text, RuleOrigin origin);

// Whether `name` has the form of an id, a pack or a category: small letters and digits in parts
// with one '-' between them.
bool is_rule_name(std::string_view name);

}  // namespace logd
