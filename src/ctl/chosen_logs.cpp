// SPDX-License-Identifier: Apache-2.0
#include "ctl/chosen_logs.h"

#include "base/posix_file_system.h"
#include "ctl/command.h"
#include "query/log_choice.h"

namespace logd {
namespace {

Result<void> visit_log(Directory& log_dir, const LogName& log, const VisitLog& visit) {
  LOGD_TRY_ASSIGN(const auto directory, log_dir.open_directory(log.directory(), Create::no));
  return visit(log, *directory);
}

}  // namespace

Result<void> for_each_log(const Config& config, const std::vector<std::string>& names,
                          const VisitLog& visit, const OnLogFailure& on_failure) {
  PosixFileSystem fs;
  LOGD_TRY_ASSIGN(const auto log_dir, fs.open_directory(config.log_dir));
  LOGD_TRY_ASSIGN(const std::vector<LogName> logs, list_logs(*log_dir));
  const LogChoice choice(names);
  LOGD_TRY(choice.check(logs, LogChoice::MayCome::no));
  for (const LogName& log : logs) {
    if (!choice.includes(log)) continue;
    auto visited = visit_log(*log_dir, log, visit);
    if (visited) continue;
    if (on_failure) {
      on_failure(log, visited.error());
      continue;
    }
    if (choice.is_named(log)) return visited;
    complain("left out: " + visited.error().message());
  }
  return {};
}

}  // namespace logd
