// Loads the configuration: flags, environment, conf.d, logd.toml and defaults, in this order of
// precedence.
//
// Keys and ranges are config_keys.h's business, what --print-config shows config_text.h's; whether
// users, groups and directories exist on this machine is the daemon's. Reads files, keeps nothing
// open. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_reader.h"
#include "logd/config.h"
#include "logd/result.h"

namespace logd {

// What the command line says.
struct ConfigSources {
  std::optional<std::string> config;   // --config
  std::optional<std::string> log_dir;  // --log-dir
  std::optional<std::string> run_dir;  // --run-dir
  // A logctl of anyone takes root's directories where only those exist, and does without what its
  // user may not read or has no variables for, and without what is wrong, unless it needs the key.
  bool daemon = false;
};

// What the machine says; tests make up their own.
struct ConfigEnvironment {
  bool is_root = false;
  std::string working_directory;
  std::function<std::optional<std::string>(const std::string& name)> variable;
  std::function<bool(const std::string& path)> exists;
  std::vector<std::string> names;  // of all variables
};
ConfigEnvironment this_environment();

// One effective value, for --print-config.
struct Setting {
  std::string section;  // "", "http", "defaults", "process.NAME" or "alert.NAME"
  std::string key;
  std::string value;   // as TOML
  std::string origin;  // "default", "--log-dir", a variable, "/etc/logd/logd.toml:14"
};

struct LoadedConfig {
  Config config;
  std::vector<std::string> files;  // that were read, the later ones win
  ConfigOrigins origins;
  std::vector<Setting> settings;        // of processes only what differs from the defaults
  std::vector<ConfigProblem> warnings;  // what is allowed and hardly meant
  std::vector<ConfigProblem> left_out;  // what a logctl does without
};

struct ExaminedConfig {
  // With an error among the problems of no use, but for what can be known in spite of it.
  LoadedConfig loaded;
  std::vector<ConfigProblem> problems;  // errors, sorted by file and place
  // Keys of the top of the file that stand in a line that could not be read, or not be taken.
  std::set<std::string, std::less<>> unknown_keys;

  bool is_known(std::string_view key) const { return !unknown_keys.contains(key); }
  // Where the daemon is.
  bool is_run_dir_known() const;
};

// Errors: not_found, permission, io, limit (of the file that was asked for; it may have 1 MiB),
// invalid (a path of the command line).
Result<ExaminedConfig> examine_config(const ConfigSources& sources,
                                      const ConfigEnvironment& environment = this_environment());

// Errors: as above; and invalid, where the message has every problem, one after the other.
Result<LoadedConfig> load_config(const ConfigSources& sources,
                                 const ConfigEnvironment& environment = this_environment());

// Where the key of masks is unless mask_key says so.
std::string default_mask_key(const std::string& log_dir);

// All of them, and how many there are.
std::string problems_text(const std::vector<ConfigProblem>& problems);

}  // namespace logd
