// Finds and reads the files that PM2 is set up by: an ecosystem file or the dump, and the settings
// of its modules.
//
// An ecosystem file may be a program: node runs it then, as PM2 does. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "logd/result.h"

namespace logd {

struct Pm2File {
  std::string path;
  std::string json;
};

// The ecosystem file in the working directory, else the dump in PM2's home, $PM2_HOME or ~/.pm2.
// Errors: not_found.
Result<std::string> find_pm2_apps();

// Errors: not_found, permission, io, limit (above 16 MiB), invalid (it is no JSON, and there is no
// node, or node does not take it either).
Result<Pm2File> read_pm2_apps(const std::string& path);

// The settings of modules in PM2's home; without `json` if there are none. Errors: as above.
Result<Pm2File> read_pm2_modules();

}  // namespace logd
