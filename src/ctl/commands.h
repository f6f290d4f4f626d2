// The commands of logctl, and the options that all of them have.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "config/config_file.h"
#include "ctl/command.h"

namespace logd {

struct CommandEntry {
  const char* name;
  const char* alias;  // or null
  const char* arguments;
  const char* summary;
  std::unique_ptr<Command> (*make)();
};

// In the order in which help shows them.
std::span<const CommandEntry> commands();

// By name or alias; null if there is none.
const CommandEntry* find_command(std::string_view name);

// Where the configuration comes from; these options may stand anywhere.
struct SourceOptions {
  std::string config;
  std::string log_dir;
  std::string run_dir;

  void declare(Options& options) {
    options.text("--config", config, "FILE", "Configuration file");
    options.text("--log-dir", log_dir, "DIR", "Directory of the logs");
    options.text("--run-dir", run_dir, "DIR", "Directory of the daemon's sockets");
  }

  ConfigSources sources() const {
    const auto given = [](const std::string& text) {
      return text.empty() ? std::nullopt : std::optional<std::string>(text);
    };
    return {given(config), given(log_dir), given(run_dir), /*daemon=*/false};
  }
};

}  // namespace logd
