// Expands ${VAR} in the strings of a configuration, after it has been parsed.
//
// `${VAR}`, `${VAR:-default}`, `${VAR:?message}` and `$$` for a `$`; whatever else follows a `$`
// stays as it is. A variable that is empty counts as not set. Regular expressions stay as they are:
// `$` means something else there. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/toml_tree.h"

namespace logd {

// The value of a variable; nothing if it is not set.
using VariableLookUp = std::function<std::optional<std::string>(const std::string& name)>;

struct ExpansionProblem {
  TomlPlace place;
  std::string message;
  bool is_unset = false;  // a variable without a value, rather than a mistake in the file
};

struct Expansion {
  std::vector<ExpansionProblem> problems;
  bool has_secret = false;  // a variable with the name of a secret took part
};

// Expands all strings within `value`, which is the one of `key`.
Expansion expand_variables(std::string_view key, TomlValue& value, const VariableLookUp& look_up);

}  // namespace logd
