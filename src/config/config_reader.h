// Takes files and variables into a Config and finds everything that is wrong with them.
//
// Keys and ranges are config_keys.h's business, which files there are config_file.h's, what stands
// against their syntax config_document.h's. Pure, but for time zones, which are looked up among the
// system's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "config/config_document.h"
#include "config/config_problem.h"
#include "config/variables.h"
#include "logd/config.h"

namespace logd {

// Where a value comes from.
struct ConfigOrigin {
  ConfigPlace place;
  // As it is written there, where the value itself must not be shown: a secret took part.
  std::string shown;
};

// Of each key that is set, by section ("", "http", "defaults", "process.NAME", "alert.NAME",
// "ship.NAME") and key; of the last two sections themselves by an empty key.
using ConfigOrigins = std::map<std::pair<std::string, std::string>, ConfigOrigin>;

struct ConfigInput {
  std::span<const ConfigDocument> documents;  // a later one wins
  VariableLookUp variable;                    // LOGD_KEY wins over all documents
};

struct ConfigReading {
  ConfigOrigins origins;
  std::vector<ConfigProblem> problems;  // with any error the Config is of no use
};

// Changes what the input sets; settings of a process start from [defaults].
ConfigReading read_config(const ConfigInput& input, Config& config);

inline constexpr std::string_view kVariablePrefix = "LOGD_";
// The variable of a key: LOGD_MAX_SIZE.
std::string variable_of(std::string_view key);

}  // namespace logd
