// Shows the last lines of processes: `logctl tail`, also spelled `logs`.
// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "ctl/command.h"
#include "ctl/query_options.h"

namespace logd {
namespace {

class TailCommand final : public Command {
 public:
  void declare(Options& options) override {
    query_.set_lines("15");
    query_.declare_selection(options);
    query_.declare_grep(options);
    query_.declare_range(options);
    query_.declare_follow(options);
    query_.declare_look(options, "-o,--output");
  }

  int run(const Config& config) override { return query_.run(config, STDOUT_FILENO); }

 private:
  QueryOptions query_{"tail"};
};

}  // namespace

std::unique_ptr<Command> make_tail_command() { return std::make_unique<TailCommand>(); }

}  // namespace logd
