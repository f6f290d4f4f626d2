// Empties logs, as `pm2 flush` does: `logctl flush`.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>

#include "base/size_text.h"
#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"

namespace logd {
namespace {

class FlushCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.arguments("NAME", request_.names, "Processes, or NAME@N; none: all");
    options.flag("--dry-run", request_.dry_run, "Only say what would be freed");
    options.flag("--archives", request_.archives, "Compressed segments too");
  }

  int run(const Config& config) override {
    request_.verb = "flush";
    const auto response = ask(config, request_);
    if (!response) return complain(response.error());
    for (const control::LogResult& log : response->logs) {
      if (!log.error.empty()) continue;
      fmt::print("{}: {} {} records, {} bytes ({})\n", log.log,
                 request_.dry_run ? "would free" : "freed", log.records, log.bytes,
                 short_size_text(log.bytes));
    }
    return complain_about_logs(*response);
  }

 private:
  control::Request request_;
};

}  // namespace

std::unique_ptr<Command> make_flush_command() { return std::make_unique<FlushCommand>(); }

}  // namespace logd
