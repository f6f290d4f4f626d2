// Checks a whole configuration for --check-config and for a reload: the files, the rules of masking
// and what masking names, the groups, and whether log_dir and run_dir can be used.
//
// Reads files and compiles rules: takes some 0.1 s. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/config_file.h"
#include "logd/result.h"

namespace logd {

struct CheckedConfig {
  LoadedConfig loaded;
  std::vector<ConfigProblem> problems;  // errors first, then warnings
  bool is_good = true;                  // no errors
};

// Without rules, groups and directories. Errors: as examine_config().
Result<CheckedConfig> check_config_files(const ConfigSources& sources);

// Errors: as examine_config().
Result<CheckedConfig> check_config(const ConfigSources& sources);

enum class CheckFormat : std::uint8_t { text, json };

// What --check-config prints.
std::string check_report(const CheckedConfig& checked, CheckFormat format);

}  // namespace logd
