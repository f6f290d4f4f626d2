// Makes the rules of masking for the daemon: loads and compiles them, or those that last were
// right.
//
// Blocks for the disk and for what compiling takes, some 0.1 s.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "logd/config.h"
#include "logd/file_system.h"
#include "rules/config_check.h"
#include "rules/masking.h"

namespace logd {

struct MadeRules {
  std::unique_ptr<MaskRules> rules;
  std::optional<MaskKey> key;
  Masking::Report report;
  bool is_degraded = false;  // they are not those that the user's directory has now
};

// Always ends with rules, at worst the built-in ones. Any thread, one at a time.
MadeRules make_rules(const Config& config, FileSystem& file_system);

// Makes the plans of all policies of the configuration, so that nobody has to later. What is wrong
// with one, or nothing. Any thread that has `rules` to itself.
std::vector<ConfigProblem> plan_policies(const LoadedConfig& loaded, MaskRules& rules);

// At the start: what is wrong is logged, and kept for status. Loop thread only.
void set_up_masking(const Config& config, FileSystem& file_system, Masking& masking);

}  // namespace logd
