// Makes processes of logd.toml of the applications in an ecosystem file of PM2, or in its dump, and
// says of each key what became of it. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ctl/import_pm2_rotation.h"
#include "ctl/imported_config.h"
#include "logd/result.h"

namespace logd {

// `json`: an object with "apps", an array, or one application; or the array that a dump is. `label`
// names it in errors. Errors: invalid.
Result<void> import_pm2_apps(const std::string& json, const std::string& label, ImportedConfig& to);

// What `json`, PM2's module_conf.json, holds for pm2-logrotate; nothing if it is not installed.
// Errors: invalid.
Result<Pm2Rotation> read_pm2_rotation(const std::string& json, const std::string& label);

// Whether `text` is JSON, with comments or without.
bool is_json(const std::string& text);

}  // namespace logd
