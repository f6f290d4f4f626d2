// Brings everything stored to stable storage and waits for it: `logctl sync`.
// SPDX-License-Identifier: Apache-2.0
#include "ctl/ask.h"
#include "ctl/command.h"

namespace logd {
namespace {

class SyncCommand final : public Command {
 public:
  void declare(Options&) override {}

  int run(const Config& config) override {
    control::Request request;
    request.verb = "sync";
    const auto response = ask(config, request);
    return response ? complain_about_logs(*response) : complain(response.error());
  }
};

}  // namespace

std::unique_ptr<Command> make_sync_command() { return std::make_unique<SyncCommand>(); }

}  // namespace logd
