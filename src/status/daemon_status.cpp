// SPDX-License-Identifier: Apache-2.0
#include "status/daemon_status.h"

#include "store/segment_list.h"

namespace logd {
namespace {

void add_sizes_of(ProcessStatus& process, Directory& log, SpaceStatus& space) {
  const auto files = list_names(log);
  for (const std::string& file : files ? *files : std::vector<std::string>()) {
    if (!parse_segment_name(file)) continue;
    const auto found = log.status_of(file);
    if (!found || !found->is_regular) continue;
    ++process.segments;
    process.bytes_on_disk += found->bytes;
    space.logs_bytes += found->bytes;
  }
}

}  // namespace

std::vector<std::string> DaemonStatus::messages() const {
  std::vector<std::string> all;
  for (const HealthCheck& check : health.checks)
    all.insert(all.end(), check.details.begin(), check.details.end());
  return all;
}

void add_sizes(DaemonStatus& status, FileSystem& file_system) {
  const auto log_dir = file_system.open_directory(status.log_dir);
  if (!log_dir) {
    status.health.check(kFilesCheck)
        .find(HealthLevel::degraded, "log_dir: " + log_dir.error().message());
    return;
  }
  if (const auto space = (*log_dir)->space()) {
    status.space.disk_bytes = space->total_bytes;
    status.space.free_bytes = space->available_bytes;
  }
  for (ProcessStatus& process : status.processes) {
    const std::string name = LogName{process.name, process.instance}.directory();
    const auto directory = (*log_dir)->open_directory(name, Create::no);
    if (directory) add_sizes_of(process, **directory, status.space);
  }
}

}  // namespace logd
