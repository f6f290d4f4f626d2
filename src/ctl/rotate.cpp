// Begins new segments now: `logctl rotate`.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>

#include "ctl/ask.h"
#include "ctl/command.h"

namespace logd {
namespace {

class RotateCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.arguments("NAME", request_.names,
                      "Processes, NAME@N for one instance, or globs; none: all");
  }

  int run(const Config& config) override {
    request_.verb = "rotate";
    const auto response = ask(config, request_);
    if (!response) return complain(response.error());
    for (const control::LogResult& log : response->logs) {
      if (!log.error.empty()) continue;
      if (log.changed)
        fmt::print("{}: rotated\n", log.log);
      else
        fmt::print("nothing to rotate: {} is empty\n", log.log);
    }
    if (response->logs.empty()) fmt::print("nothing to rotate: there are no logs\n");
    return complain_about_logs(*response);
  }

 private:
  control::Request request_;
};

}  // namespace

std::unique_ptr<Command> make_rotate_command() { return std::make_unique<RotateCommand>(); }

}  // namespace logd
