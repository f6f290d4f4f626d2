// Shows how much of the disk each log takes: `logctl du`. Needs no daemon.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/size_text.h"
#include "ctl/chosen_logs.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/output_format.h"
#include "ctl/table.h"
#include "query/log_usage.h"

namespace logd {
namespace {

using Json = nlohmann::json;

Json to_json(const LogUsage& usage) {
  return {{"active_bytes", usage.active_bytes},
          {"plain_bytes", usage.plain_bytes},
          {"archive_bytes", usage.archive_bytes},
          {"other_bytes", usage.other_bytes},
          {"total_bytes", usage.total_bytes()},
          {"uncompressed_bytes", usage.uncompressed_bytes},
          {"uncompressed_known", usage.is_uncompressed_known}};
}

class DuCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.arguments("NAME", names_, "Processes, NAME@N for one instance, or globs");
    options.flag("--bytes", in_bytes_, "Exact numbers of bytes");
    format_.declare(options);
  }

  int run(const Config& config) override {
    if (const auto checked = format_.check(); !checked) {
      complain("du: " + checked.error().message());
      return kExitUsage;
    }
    const auto measured = for_each_log(
        config, names_, [this](const LogName& log, Directory& directory) -> Result<void> {
          LOGD_TRY_ASSIGN(const LogUsage usage, usage_of(directory));
          logs_.emplace_back(log, usage);
          total_.add(usage);
          return {};
        });
    if (!measured) return complain(measured.error());
    std::stable_sort(logs_.begin(), logs_.end(), [](const auto& a, const auto& b) {
      return a.second.total_bytes() > b.second.total_bytes();
    });
    std::fputs((format_.is_json() ? json() : table()).c_str(), stdout);
    return kExitDone;
  }

 private:
  std::string json() const {
    Json logs = Json::array();
    for (const auto& [log, usage] : logs_) {
      Json one = to_json(usage);
      one["process"] = log.process;
      one["instance"] = log.instance == kNoInstance ? Json(nullptr) : Json(log.instance);
      logs.push_back(std::move(one));
    }
    return Json{{"v", 1}, {"logs", std::move(logs)}, {"total", to_json(total_)}}.dump() + "\n";
  }

  std::string table() const {
    Table table({"PROCESS", ">ACTIVE", ">PLAIN", ">ARCHIVES", ">OTHER", ">TOTAL", ">UNCOMPRESSED"});
    for (const auto& [log, usage] : logs_) add(table, log.directory(), usage);
    add(table, "total", total_);
    return table.str();
  }

  void add(Table& table, std::string what, const LogUsage& usage) const {
    // More than this, where an archive does not say.
    const std::string uncompressed =
        (usage.is_uncompressed_known ? "" : ">") + text(usage.uncompressed_bytes);
    table.row({std::move(what), text(usage.active_bytes), text(usage.plain_bytes),
               text(usage.archive_bytes), text(usage.other_bytes), text(usage.total_bytes()),
               uncompressed});
  }

  std::string text(std::uint64_t bytes) const {
    return in_bytes_ ? std::to_string(bytes) : short_size_text(bytes);
  }

  std::vector<std::string> names_;
  bool in_bytes_ = false;
  OutputFormat format_;
  std::vector<std::pair<LogName, LogUsage>> logs_;
  LogUsage total_;
};

}  // namespace

std::unique_ptr<Command> make_du_command() { return std::make_unique<DuCommand>(); }

}  // namespace logd
