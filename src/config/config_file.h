// Loads the configuration: flags, environment, logd.toml and defaults, in this order of precedence.
//
// Keys and ranges are config_keys.h's business, what --print-config shows config_text.h's; whether
// users, groups and directories exist on this machine is the daemon's. Reads one file, keeps
// nothing open. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logd/config.h"
#include "logd/result.h"

namespace logd {

// What the command line says.
struct ConfigSources {
  std::optional<std::string> config;   // --config
  std::optional<std::string> log_dir;  // --log-dir
  std::optional<std::string> run_dir;  // --run-dir
  bool daemon = false;  // a logctl of anyone takes root's directories where only those exist
};

// What the machine says; tests make up their own.
struct ConfigEnvironment {
  bool is_root = false;
  std::string working_directory;
  std::function<std::optional<std::string>(const std::string& name)> variable;
  std::function<bool(const std::string& path)> exists;
};
ConfigEnvironment this_environment();

// One effective value, for --print-config.
struct Setting {
  std::string section;  // "", "defaults" or "process.NAME"
  std::string key;
  std::string value;   // as TOML
  std::string origin;  // "default", "--log-dir", "LOGD_LOG_DIR", "/etc/logd/logd.toml:14"
};

struct LoadedConfig {
  Config config;
  std::string file;               // that was read; empty if there is none
  std::vector<Setting> settings;  // of processes only what differs from the defaults
};

// Errors: invalid (the message has every problem of the file, one after the other), not_found,
// permission, io, limit (a file above 1 MiB).
Result<LoadedConfig> load_config(const ConfigSources& sources,
                                 const ConfigEnvironment& environment = this_environment());

}  // namespace logd
