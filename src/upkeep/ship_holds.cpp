// SPDX-License-Identifier: Apache-2.0
#include "upkeep/ship_holds.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "base/diagnostics.h"
#include "base/posix_file_system.h"
#include "store/retention.h"

namespace logd {
namespace {

// Between two looks while something is held: it goes so long after it has got there.
constexpr auto kLookInterval = std::chrono::seconds(5);

bool wants(const ShipConfig& config, const LogName& log) {
  if (!config.required) return false;
  return config.processes.empty() ||
         std::any_of(config.processes.begin(), config.processes.end(), [&](const auto& name) {
           return glob_matches(name, log.process) || glob_matches(name, log.directory());
         });
}

// What each destination has said of its progress; none yet: not among them.
std::map<std::string, std::map<std::string, std::uint64_t>> read_progress(
    const std::string& log_dir, const std::vector<std::string>& destinations) {
  std::map<std::string, std::map<std::string, std::uint64_t>> all;
  PosixFileSystem file_system;
  for (const std::string& name : destinations) {
    const auto directory =
        file_system.open_directory(fmt::format("{}/{}/{}", log_dir, kShipDirectory, name));
    if (!directory) continue;
    const auto state = read_ship_state(**directory);
    if (!state) continue;
    auto& progress = all[name];
    for (const auto& [log, place] : state->logs)
      progress[log] = place.settled.last.position.segment;
  }
  return all;
}

}  // namespace

ShipHolds::ShipHolds(LogTable& logs, LogCatalog& catalog, std::function<void()> on_news)
    : logs_(logs),
      catalog_(catalog),
      on_news_(std::move(on_news)),
      timer_(logs.loop(), [this] { look(); }) {}

std::optional<std::uint64_t> ShipHolds::held_from(const KeptLog& log) {
  std::optional<std::uint64_t> from;
  for (const auto& [name, config] : logs_.config().ships) {
    if (!wants(config, log.name)) continue;
    const auto progress = progress_.find(name);
    std::uint64_t segment = 0;
    if (progress != progress_.end()) {
      const auto found = progress->second.find(log.directory);
      if (found != progress->second.end()) segment = found->second;
    }
    from = std::min(from.value_or(segment), segment);
  }
  if (!from) return std::nullopt;
  was_asked_ = true;
  if (!is_known_)
    look();
  else
    timer_.arm_no_later(std::max(last_look_ + kLookInterval, logs_.loop().now()));
  return from;
}

void ShipHolds::look() {
  if (is_looking_) return;
  std::vector<std::string> destinations;
  for (const auto& [name, config] : logs_.config().ships)
    if (config.required) destinations.push_back(name);
  if (destinations.empty()) return;
  auto progress = std::make_shared<AllProgress>();
  Worker::Job job;
  job.run = [progress, destinations, log_dir = logs_.config().log_dir] {
    *progress = read_progress(log_dir, destinations);
  };
  job.done = [this, progress] { take(std::move(*progress)); };
  is_looking_ = logs_.files().submit(std::move(job));
}

void ShipHolds::take(AllProgress progress) {
  is_looking_ = false;
  is_known_ = true;
  last_look_ = logs_.loop().now();
  for (const auto& [name, config] : logs_.config().ships)
    if (config.required) limit(name, config, progress[name]);
  progress_ = std::move(progress);
  // Whoever still has to hold something asks again, and is looked at again.
  if (std::exchange(was_asked_, false)) on_news_();
}

// Beyond max_backlog the oldest are let go, by the time they were closed. logd-ship does so by
// itself, and tells the receiver; this is for when it does not run.
void ShipHolds::limit(const std::string&, const ShipConfig& config, Progress& held) {
  const WallTime now = logs_.loop().clock().wall_now();
  std::vector<PrunableLog> logs;
  std::vector<std::string> names;
  std::uint64_t bytes = 0;
  for (const auto& [directory, log] : catalog_.logs()) {
    if (!wants(config, log.name)) continue;
    std::uint64_t& from = held[directory];
    for (const ClosedSegment& segment : log.closed) {
      if (segment.number < from) continue;
      if (config.max_backlog_age && now - segment.closed_at > *config.max_backlog_age)
        from = segment.number + 1;
      else
        bytes += segment.bytes;
    }
    PrunableLog prunable{directory, &log.closed, log.active_number};
    prunable.is_stuck = [&from](std::uint64_t number) { return number < from; };
    logs.push_back(std::move(prunable));
    names.push_back(directory);
  }
  if (!config.max_backlog_bytes) return;
  // Leaves logd-ship some room to do it first.
  const std::uint64_t most = *config.max_backlog_bytes + *config.max_backlog_bytes / 4;
  if (bytes <= most) return;
  for (const PruneChoice& choice : oldest_closed(logs, bytes - most))
    held[names[choice.log]] = std::max(held[names[choice.log]], choice.number + 1);
}

}  // namespace logd
