// Makes keys of logd.toml of the settings of pm2-logrotate, and says where these did not do what
// they seemed to. Pure, but for time zones, which are looked up among the system's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "ctl/imported_config.h"

namespace logd {

// By key, as text: PM2 stores most of them as strings.
using Pm2Rotation = std::map<std::string, std::string>;

void import_pm2_rotation(const Pm2Rotation& settings, ImportedConfig& to);

}  // namespace logd
