// Compares two configurations for a reload, and takes over what may change while logd runs. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/config_file.h"
#include "config/config_keys.h"
#include "logd/config.h"

namespace logd {

struct ConfigChange {
  std::string section;  // "", "defaults" or "process.NAME"
  std::string key;
  std::string before;  // as TOML, or, where it must not be shown, as the file spells it
  std::string after;
  Reload reload = Reload::at_once;

  // "[process.web] max_size: \"10MiB\" -> \"1MiB\""
  std::string text() const;
};

// "at_once", "next_run" or "restart".
std::string_view word_of(Reload reload);

// Of processes, what does not just follow [defaults].
std::vector<ConfigChange> config_changes(const LoadedConfig& before, const LoadedConfig& after);

// Gives `live` the values of `next`, but for the keys that need a restart, which are not touched:
// other threads may read those.
void take_over(Config& live, const Config& next);

}  // namespace logd
