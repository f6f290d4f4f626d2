// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/run.h"

namespace logd {
namespace {

class RunCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.required_argument("NAME", run_.name, "Name of the process");
    options.number("--instance", run_.instance, "N", "Number of the instance: a log of its own");
    options.text("--signals", run_.signals, "auto|pass|none", "Which signals reach CMD");
    options.flag("--copy-out", run_.copy_out, "Print what is stored, too");
    options.rest("CMD…", run_.command, "The command, best after --, and its arguments");
  }

  int run(const Config& config) override {
    if (run_.command.empty()) {
      complain("run: which command? logctl run NAME -- CMD…");
      return kExitUsage;
    }
    if (run_.signals != "auto" && run_.signals != "pass" && run_.signals != "none") {
      complain("run: --signals is auto, pass or none");
      return kExitUsage;
    }
    return run_command(config, run_);
  }

 private:
  RunOptions run_;
};

class PipeCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.required_argument("NAME", pipe_.name, "Name of the process");
    options.number("--instance", pipe_.instance, "N", "Number of the instance: a log of its own");
    options.flag("--err", pipe_.err, "Capture it as stderr");
  }

  int run(const Config& config) override { return pipe_command(config, pipe_); }

 private:
  PipeOptions pipe_;
};

}  // namespace

std::unique_ptr<Command> make_run_command() { return std::make_unique<RunCommand>(); }
std::unique_ptr<Command> make_pipe_command() { return std::make_unique<PipeCommand>(); }

}  // namespace logd
