// Says which rules are in force for a process, by its `masking`. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "logd/config.h"
#include "mask/rule.h"

namespace logd {

struct SelectedRule {
  std::size_t index = 0;            // among the rules given
  RuleState state = RuleState::on;  // on or report
  Style style = Style::token;
  bool operator==(const SelectedRule&) const = default;
};

// In the order of `rules`. A rule is in force
//   if `on` names it, whatever its pack and its file say;
//   else if `off` does not, its file does not say "off", and its pack is switched on.
// Packs: first those that are named are on ("default": all that are by default; "all"), then each
// with a '-' before its name is off; a list of only such starts from "default".
// A rule whose file says "report" is reported unless `on` names it; mode "report" makes that of
// all, mode "off" leaves none.
// The style is the one that `style` has for the rule's id; else the rule's own; else the one that
// `style` has for its category; else for "default"; else token.
std::vector<SelectedRule> select_rules(const MaskingConfig& masking, const std::vector<Rule>& rules,
                                       const std::vector<RulePack>& packs);

// What `masking` names and is not there, with what was probably meant; also rules that are both on
// and off. Empty: nothing. Each follows "masking: ".
std::vector<std::string> check_policy(const MaskingConfig& masking, const std::vector<Rule>& rules,
                                      const std::vector<RulePack>& packs);

}  // namespace logd
