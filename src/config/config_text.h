// Writes a configuration for people: what --check-config and its kin of logd print. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/config_file.h"
#include "config/config_reader.h"

namespace logd {

// Every key with its effective value. Of processes only what is set or follows from it.
std::vector<Setting> settings_of(const Config& config, const ConfigOrigins& origins);

// --check-config: what was read and found good.
std::string check_config_text(const LoadedConfig& loaded);

// --print-config: effective values as TOML, each with its origin.
std::string print_config_text(const LoadedConfig& loaded);

// What logd-ship needs of it: directories, host_id, destinations, and, if segments go to one of
// them, which processes' are compressed; with the values that hold.
std::string ship_config_text(const Config& config);

// --print-default-config: every key with its default, commented.
std::string default_config_text();

}  // namespace logd
