// Reads logctl's command line up to the command, and hands the rest to it.
// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/closest.h"
#include "config/config_file.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "rules/masking.h"

namespace logd {
namespace {

struct CommandEntry {
  const char* name;
  const char* alias;  // or null
  const char* arguments;
  const char* summary;
  std::unique_ptr<Command> (*make)();
};

constexpr CommandEntry kCommands[] = {
    {"run", nullptr, "NAME -- CMD…", "Run CMD with both streams captured", make_run_command},
    {"pipe", nullptr, "NAME", "Capture standard input until it ends", make_pipe_command},
    {"tail", "logs", "[NAME|GLOB…]", "Show the last lines; -f goes on", make_tail_command},
    {"search", nullptr, "RE [NAME|GLOB…]", "Find lines in all that is kept", make_search_command},
    {"export", nullptr, "-o FILE [NAME…]", "Write what is kept to a file", make_export_command},
    {"ls", nullptr, "[NAME|GLOB…]", "List the files of each log, and their sizes", make_ls_command},
    {"du", nullptr, "[NAME|GLOB…]", "Show how much of the disk each log takes", make_du_command},
    {"verify", nullptr, "[NAME|GLOB…]", "Check every archive and segment", make_verify_command},
    {"status", nullptr, "", "Show how the daemon is", make_status_command},
    {"flush", nullptr, "[NAME…]", "Empty logs: delete what they hold", make_flush_command},
    {"rotate", nullptr, "[NAME…]", "Begin new segments now", make_rotate_command},
    {"prune", nullptr, "", "Apply the limits of retention now", make_prune_command},
    {"sync", nullptr, "", "Bring everything to stable storage", make_sync_command},
    {"mask", nullptr, "", "Mask standard input, or what is stored", make_mask_command},
    {"rules", nullptr, "list|show ID|check", "Show or check the rules of masking",
     make_rules_command},
};

std::string usage() {
  std::string text =
      "Usage: logctl [--config FILE] [--log-dir DIR] [--run-dir DIR] COMMAND …\n\n"
      "Commands:\n";
  for (const CommandEntry& command : kCommands) {
    std::string call = std::string("  ") + command.name + " " + command.arguments;
    // The ellipsis is three bytes wide and one column.
    std::size_t columns = 0;
    for (const char c : call) columns += (c & 0xc0) != 0x80 ? 1 : 0;
    call.append(columns < 24 ? 24 - columns : 1, ' ');
    text += call + command.summary;
    if (command.alias != nullptr) text += std::string(" (also: ") + command.alias + ")";
    text += '\n';
  }
  return text +
         "\nlogctl COMMAND --help shows a command's options; logctl --version the version.\n";
}

const CommandEntry* find_command(const std::string& name) {
  for (const CommandEntry& command : kCommands) {
    if (name == command.name || (command.alias != nullptr && name == command.alias)) {
      return &command;
    }
  }
  return nullptr;
}

int complain_about_command(const std::string& name) {
  std::vector<std::string> names;
  for (const CommandEntry& command : kCommands) {
    names.emplace_back(command.name);
    if (command.alias != nullptr) names.emplace_back(command.alias);
  }
  std::string message = "unknown command '" + name + "'";
  if (const auto meant = closest(name, names)) message += "; did you mean '" + *meant + "'?";
  complain(message);
  return kExitUsage;
}

// Where the configuration comes from; these options may stand anywhere.
struct Sources {
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

// How many of `arguments` stand before the command: options that all commands have.
std::size_t count_leading_options(const std::vector<std::string>& arguments) {
  std::size_t count = 0;
  while (count < arguments.size() && arguments[count].starts_with('-')) {
    const std::string& option = arguments[count];
    const bool takes_next = option == "--config" || option == "--log-dir" || option == "--run-dir";
    count += takes_next ? 2 : 1;
  }
  return std::min(count, arguments.size());
}

int run_command_line(std::vector<std::string> arguments) {
  const std::size_t leading = count_leading_options(arguments);
  for (std::size_t i = 0; i < leading; ++i) {
    if (arguments[i] == "--version" || arguments[i] == "-V") {
      std::puts("logctl " LOGD_VERSION);
      return kExitDone;
    }
    if (arguments[i] == "--help" || arguments[i] == "-h") {
      std::fputs(usage().c_str(), stdout);
      return kExitDone;
    }
  }
  if (leading == arguments.size()) {
    std::fputs(usage().c_str(), stderr);
    return kExitUsage;
  }
  const std::string name = arguments[leading];
  if (name == "help") {
    std::fputs(usage().c_str(), stdout);
    return kExitDone;
  }
  const CommandEntry* const entry = find_command(name);
  if (entry == nullptr) return complain_about_command(name);
  arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(leading));

  Options options(entry->name, entry->summary);
  Sources sources;
  const std::unique_ptr<Command> command = entry->make();
  command->declare(options);
  sources.declare(options);
  const auto outcome = options.parse(std::move(arguments));
  if (!outcome) {
    complain(std::string(entry->name) + ": " + outcome.error().message());
    return kExitUsage;
  }
  if (*outcome == Options::Outcome::help) {
    std::fputs(options.help().c_str(), stdout);
    return kExitDone;
  }
  const auto config = load_config(sources.sources());
  if (!config) {
    complain(masked_message(config.error().message()));
    return config.error().code == ErrorCode::permission ? kExitPermission : kExitUsage;
  }
  return command->run(config->config);
}

}  // namespace

}  // namespace logd

int main(int argc, char** argv) {
  return logd::run_command_line(std::vector<std::string>(argv + 1, argv + argc));
}
