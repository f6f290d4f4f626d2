// SPDX-License-Identifier: Apache-2.0
#include "ctl/commands.h"

#include <optional>

namespace logd {
namespace {

constexpr CommandEntry kCommands[] = {
    {"run", nullptr, "NAME -- CMD…", "Run CMD with both streams captured", make_run_command},
    {"pipe", nullptr, "NAME", "Capture standard input until it ends", make_pipe_command},
    {"tail", "logs", "[NAME|GLOB…]", "Show the last lines; -f goes on", make_tail_command},
    {"search", nullptr, "RE [NAME|GLOB…]", "Find lines in all that is kept", make_search_command},
    {"export", nullptr, "-o FILE [NAME…]", "Write what is kept to a file", make_export_command},
    {"runs", nullptr, "[NAME|GLOB…]", "List the runs, and why they ended", make_runs_command},
    {"stats", nullptr, "[NAME|GLOB…]", "Count lines: by process, stream, level, time, pattern",
     make_stats_command},
    {"ls", nullptr, "[NAME|GLOB…]", "List the files of each log, and their sizes", make_ls_command},
    {"du", nullptr, "[NAME|GLOB…]", "Show how much of the disk each log takes", make_du_command},
    {"verify", nullptr, "[NAME|GLOB…]", "Check every archive and segment", make_verify_command},
    {"top", nullptr, "", "Watch what all processes write, as it goes", make_top_command},
    {"status", nullptr, "", "Show how the daemon is", make_status_command},
    {"health", nullptr, "", "Say whether the daemon is well, for scripts", make_health_command},
    {"flush", nullptr, "[NAME…]", "Empty logs: delete what they hold", make_flush_command},
    {"rotate", nullptr, "[NAME…]", "Begin new segments now", make_rotate_command},
    {"prune", nullptr, "", "Apply the limits of retention now", make_prune_command},
    {"reload", nullptr, "", "Have logd read its configuration anew", make_reload_command},
    {"sync", nullptr, "", "Bring everything to stable storage", make_sync_command},
    {"mask", nullptr, "", "Mask standard input, or what is stored", make_mask_command},
    {"rules", nullptr, "list|show ID|check", "Show or check the rules of masking",
     make_rules_command},
    {"ship", nullptr, "status|test|rewind|retry|replay|dlq DEST…",
     "Watch and steer forwarding to destinations", make_ship_command},
    {"import", nullptr, "pm2 [FILE]", "Take over the settings of PM2", make_import_command},
    {"completion", nullptr, "bash|zsh|fish", "Print a script that completes command lines",
     make_completion_command},
};

}  // namespace

std::span<const CommandEntry> commands() { return kCommands; }

const CommandEntry* find_command(std::string_view name) {
  for (const CommandEntry& command : kCommands) {
    if (name == command.name || (command.alias != nullptr && name == command.alias)) {
      return &command;
    }
  }
  return nullptr;
}

}  // namespace logd
