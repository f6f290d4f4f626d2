// Has the daemon read its configuration anew: `logctl reload`.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"

namespace logd {
namespace {

void print_change(const control::ChangeResult& change) {
  const std::string section = change.section.empty() ? "" : "[" + change.section + "] ";
  std::string note;
  if (change.effect == "next_run") note = " (for programs that are started from now on)";
  if (change.effect == "restart") note = " (needs a restart of logd)";
  fmt::print("{}{}: {} -> {}{}\n", section, change.key, change.before, change.after, note);
}

class ReloadCommand final : public Command {
 public:
  void declare(Options&) override {}

  bool leaves_checks_to_daemon() const override { return true; }

  int run(const Config& config) override {
    control::Request request;
    request.verb = "reload";
    const auto response = ask(config, request);
    if (!response) {
      const int status = complain(response.error());
      if (response.error().code == ErrorCode::invalid) complain("reload: nothing has changed");
      return status;
    }
    for (const control::ChangeResult& change : response->changes) print_change(change);
    if (response->changes.empty()) fmt::print("nothing has changed\n");
    return kExitDone;
  }
};

}  // namespace

std::unique_ptr<Command> make_reload_command() { return std::make_unique<ReloadCommand>(); }

}  // namespace logd
