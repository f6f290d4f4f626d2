// Finds settings that are right by themselves and wrong together.
//
// Where somebody has set both of two that exclude each other, that is an error; where one of them
// is a default, or a setting has only no effect, a warning. Pure, given the groups.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/config_reader.h"
#include "logd/config.h"

namespace logd {

// Each is said once, where one of its keys stands.
std::vector<ConfigProblem> config_combinations(const Config& config, const ConfigOrigins& origins);

// Tells whether this machine has a group of that name or number.
using HasGroup = std::function<bool(const std::string& group)>;

// Groups of processes that there are not: warnings.
std::vector<ConfigProblem> group_warnings(const Config& config, const ConfigOrigins& origins,
                                          const HasGroup& has_group);

}  // namespace logd
