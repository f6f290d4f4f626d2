// What a command of logctl is: options, and what it does with them. Each is a file of its own.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ctl/options.h"
#include "logd/config.h"

namespace logd {

class Command {
 public:
  virtual ~Command() = default;

  virtual void declare(Options& options) = 0;

  // Whether it is of no use, or does harm, without any part of the configuration.
  virtual bool needs_whole_config() const { return false; }

  // Whether it only asks the daemon, which reads the configuration itself and says what is wrong.
  virtual bool leaves_checks_to_daemon() const { return false; }

  // Does it, with what declare() declared filled in; returns the exit status.
  virtual int run(const Config& config) = 0;
};

std::unique_ptr<Command> make_tail_command();        // tail.cpp
std::unique_ptr<Command> make_search_command();      // search.cpp
std::unique_ptr<Command> make_export_command();      // export.cpp
std::unique_ptr<Command> make_runs_command();        // runs.cpp
std::unique_ptr<Command> make_ls_command();          // ls.cpp
std::unique_ptr<Command> make_du_command();          // du.cpp
std::unique_ptr<Command> make_stats_command();       // stats.cpp
std::unique_ptr<Command> make_verify_command();      // verify.cpp
std::unique_ptr<Command> make_top_command();         // top.cpp
std::unique_ptr<Command> make_status_command();      // status.cpp
std::unique_ptr<Command> make_health_command();      // health.cpp
std::unique_ptr<Command> make_flush_command();       // flush.cpp
std::unique_ptr<Command> make_rotate_command();      // rotate.cpp
std::unique_ptr<Command> make_prune_command();       // prune.cpp
std::unique_ptr<Command> make_reload_command();      // reload.cpp
std::unique_ptr<Command> make_sync_command();        // sync.cpp
std::unique_ptr<Command> make_mask_command();        // mask.cpp
std::unique_ptr<Command> make_rules_command();       // rules.cpp
std::unique_ptr<Command> make_ship_command();        // ship.cpp
std::unique_ptr<Command> make_import_command();      // import.cpp
std::unique_ptr<Command> make_completion_command();  // completion.cpp
std::unique_ptr<Command> make_run_command();         // start.cpp
std::unique_ptr<Command> make_pipe_command();        // start.cpp

// Says `message` on standard error, after "logctl: ".
void complain(const std::string& message);

// The same with an error's message; returns its exit status.
int complain(const Error& error);

}  // namespace logd
