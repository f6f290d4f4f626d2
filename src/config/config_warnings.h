// Finds what is allowed in a configuration and yet hardly meant. Pure, given the groups.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/config_file.h"

namespace logd {

// Tells whether this machine has a group of that name or number.
using HasGroup = std::function<bool(const std::string& group)>;

// For people, one line each, with the place in the file where there is one.
std::vector<std::string> config_warnings(const LoadedConfig& loaded, const HasGroup& has_group);

}  // namespace logd
