// Shows how the daemon is: `logctl status`.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "base/duration_text.h"
#include "base/size_text.h"
#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/output_format.h"
#include "ctl/table.h"
#include "status/status_json.h"

namespace logd {
namespace {

// "12 segments: 10 retain, 2 max_age".
std::string deleted_text(const std::map<std::string, std::uint64_t>& by_reason) {
  std::uint64_t all = 0;
  std::string reasons;
  for (const auto& [reason, segments] : by_reason) {
    all += segments;
    if (segments > 0)
      reasons += fmt::format("{}{} {}", reasons.empty() ? ": " : ", ", segments, reason);
  }
  return fmt::format("{} segment{}{}", all, all == 1 ? "" : "s", reasons);
}

// "561 rules (built-in), 1.2 GiB searched; masked: 12 kv-password, 3 email". The rest is for JSON.
std::string masking_text(const MaskingStatus& masking) {
  constexpr std::size_t kShown = 5;
  if (masking.rule_count == 0) return "off";
  std::vector<RuleStatus> hit = masking.hit;
  std::erase_if(hit, [](const RuleStatus& rule) { return rule.masked == 0; });
  std::stable_sort(hit.begin(), hit.end(),
                   [](const auto& a, const auto& b) { return a.masked > b.masked; });
  std::string text = fmt::format("{} rules ({}), {} searched", masking.rule_count, masking.rules,
                                 short_size_text(masking.bytes));
  for (std::size_t i = 0; i < std::min(hit.size(), kShown); ++i)
    text += fmt::format("{}{} {}", i == 0 ? "; found " : ", ", hit[i].masked, hit[i].id);
  if (hit.size() > kShown) text += fmt::format(" and {} more rules", hit.size() - kShown);
  if (masking.unverified > 0) text += fmt::format("; {} runs masked unseen", masking.unverified);
  return text;
}

std::string describe(const DaemonStatus& status) {
  const auto uptime = std::chrono::seconds(static_cast<std::int64_t>(status.uptime_s));
  std::string text = fmt::format("logd {}, pid {}, up {}: {}\n", status.version, status.pid,
                                 duration_text(uptime), word_of(status.health.level()));
  for (const std::string& message : status.messages()) text += "  ! " + message + "\n";
  text += fmt::format("log_dir  {}\nrun_dir  {}\n", status.log_dir, status.run_dir);
  text += fmt::format(
      "space    {} in logs, {} of {} free\n", short_size_text(status.space.logs_bytes),
      short_size_text(status.space.free_bytes), short_size_text(status.space.disk_bytes));
  text += fmt::format("archives {} made, {} waiting, {} failed\n", status.archives.made,
                      status.archives.waiting, status.archives.failed);
  text += "deleted  " + deleted_text(status.deleted) + "\n";
  text += "masking  " + masking_text(status.masking) + "\n";
  if (status.processes.empty()) return text;

  Table table({"PROCESS", ">RUNS", ">LINES", ">BYTES", ">CUT", ">DROPPED", ">SEGMENTS", ">ON DISK",
               ">AHEAD", "STATE"});
  for (const ProcessStatus& process : status.processes) {
    table.row({LogName{process.name, process.instance}.directory(), std::to_string(process.runs),
               std::to_string(process.lines), short_size_text(process.bytes),
               std::to_string(process.cut), std::to_string(process.dropped.all()),
               std::to_string(process.segments), short_size_text(process.bytes_on_disk),
               fmt::format("{:.3f}s", process.time_ahead_s), process.state});
  }
  return text + "\n" + table.str();
}

class StatusCommand final : public Command {
 public:
  void declare(Options& options) override { format_.declare(options); }

  int run(const Config& config) override {
    if (const auto checked = format_.check(); !checked) {
      complain("status: " + checked.error().message());
      return kExitUsage;
    }
    control::Request request;
    request.verb = "status";
    const auto response = ask(config, request);
    if (!response) return complain(response.error());
    if (format_.is_json()) {
      std::puts(response->status_json.c_str());
      return kExitDone;
    }
    const auto status = parse_status(response->status_json);
    if (!status) {
      complain("status: " + status.error().message());
      return kExitNoDaemon;
    }
    std::fputs(describe(*status).c_str(), stdout);
    return kExitDone;
  }

 private:
  OutputFormat format_;
};

}  // namespace

std::unique_ptr<Command> make_status_command() { return std::make_unique<StatusCommand>(); }

}  // namespace logd
