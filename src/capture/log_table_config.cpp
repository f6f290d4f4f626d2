// What open logs have from the configuration, and what becomes of it with a reload.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <tuple>

#include "base/accounts.h"
#include "base/diagnostics.h"
#include "capture/capture_loop.h"
#include "capture/log_table.h"

namespace logd {

// What cannot be is told once.
Result<void> LogTable::give_to_group(const LogName& name, Directory& directory) {
  const std::string& wanted = config_.of(name.process).group;
  const auto gid = wanted.empty() ? std::optional<std::uint32_t>(getegid()) : group_id(wanted);
  Result<void> set =
      gid ? directory.set_group(*gid) : fail(ErrorCode::not_found, "there is no such group");
  if (set)
    without_group_.erase(name.process);
  else if (without_group_.insert(name.process).second)
    log_error(fmt::format("{}: its files cannot be given to group '{}', is logd a member? {}",
                          name.process, wanted, set.error().message()));
  return set;
}

// One that was there stays: streams count by it.
void LogTable::set_rate(OpenLog& log) {
  const std::uint64_t rate = log.config->max_rate.value_or(RateLimit::kUnlimited);
  if (log.rate)
    log.rate->set_rate(rate);
  else if (log.config->max_rate)
    log.rate = std::make_unique<RateLimit>(ports_.clock, rate);
  for (Feed* feed : log.feeds) feed->source().set_rate(log.rate.get());
}

void LogTable::follow_config() {
  owners_.set_allowed(config_);
  without_group_.clear();
  for (const auto& [directory, log] : logs_) {
    const ProcessConfig& config = config_.of(log->name.process);
    const bool has_other_rate = log->max_rate != config.max_rate;
    const bool has_other_group = log->group != config.group;
    log->config = &config;
    log->log->set_max_segment_bytes(config.max_size_bytes);
    if (has_other_rate) set_rate(*log);
    if (has_other_group) std::ignore = give_to_group(log->name, log->log->directory());
    log->group = config.group;
    log->max_rate = config.max_rate;
    if (log->is_dirty) mark_written(*log);  // by the policy that holds now
  }
}

}  // namespace logd
