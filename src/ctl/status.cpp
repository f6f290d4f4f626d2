// Shows how the daemon is: `logctl status`.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "base/duration_text.h"
#include "base/size_text.h"
#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/table.h"

namespace logd {
namespace {

std::string describe(const control::DaemonStatus& status) {
  const auto uptime = std::chrono::seconds(static_cast<std::int64_t>(status.uptime_s));
  std::string text = fmt::format("logd {}, pid {}, up {}: {}\n", status.version, status.pid,
                                 duration_text(uptime), status.state);
  for (const std::string& message : status.messages) text += "  ! " + message + "\n";
  text += fmt::format("log_dir  {}\nrun_dir  {}\n", status.log_dir, status.run_dir);
  if (status.processes.empty()) return text;

  Table table({"PROCESS", ">RUNS", ">LINES", ">BYTES", ">SEGMENTS", ">ON DISK", ">AHEAD", "STATE"});
  for (const control::ProcessStatus& process : status.processes) {
    table.row({LogName{process.name, process.instance}.directory(), std::to_string(process.runs),
               std::to_string(process.lines), short_size_text(process.bytes),
               std::to_string(process.segments), short_size_text(process.bytes_on_disk),
               fmt::format("{:.3f}s", process.time_ahead_s), process.state});
  }
  return text + "\n" + table.str();
}

class StatusCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.flag("--json", json_, "One JSON object, for scripts");
  }

  int run(const Config& config) override {
    control::Request request;
    request.verb = "status";
    const auto response = ask(config, request);
    if (!response) return complain(response.error());
    if (json_) {
      std::puts(response->status_json.c_str());
      return kExitDone;
    }
    const auto status = control::parse_status(response->status_json);
    if (!status) {
      complain("status: " + status.error().message());
      return kExitNoDaemon;
    }
    std::fputs(describe(*status).c_str(), stdout);
    return kExitDone;
  }

 private:
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_status_command() { return std::make_unique<StatusCommand>(); }

}  // namespace logd
