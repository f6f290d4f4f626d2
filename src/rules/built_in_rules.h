// Holds the rule files that are part of this program, as rules/*.toml spell them.
//
// The other side of this header is made from those files by embed_rules.cmake. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace logd {

struct BuiltInRuleFile {
  std::string_view name;  // "rules/pii.toml"
  std::string_view text;
};

// In the order of their names.
std::span<const BuiltInRuleFile> built_in_rule_files();

}  // namespace logd
