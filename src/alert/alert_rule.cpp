// SPDX-License-Identifier: Apache-2.0
#include "alert/alert_rule.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "base/closest.h"
#include "base/duration_text.h"
#include "logd/record.h"
#include "status/health.h"

namespace logd {
namespace {

constexpr std::string_view kChecks[] = {kDiskCheck,    kWritesCheck, kSyncsCheck,    kDropsCheck,
                                        kMaskingCheck, kClockCheck,  kArchivesCheck, kEscrowCheck,
                                        kFilesCheck,   kConfigCheck, kHttpCheck};

// Names of processes may come and go for ever: beyond so many those that are quiet are forgotten.
constexpr std::size_t kMaxWindows = 4096;

Result<RecordFilter> filter_of(const AlertConfig& config) {
  FilterOptions options;
  if (!config.match.empty()) options.patterns = {config.match};
  options.level = config.level;
  return RecordFilter::compile(options, "");
}

// Problems of one alert, each where its key stands.
class Finder {
 public:
  Finder(const LoadedConfig& loaded, std::string section, std::vector<ConfigProblem>& problems)
      : loaded_(loaded), section_(std::move(section)), problems_(problems) {}

  void look_at(const AlertConfig& config) {
    AlertConfig one;
    one.match = config.match;
    if (const auto filter = filter_of(one); !filter) add("match", filter.error().message());
    if (!config.level.empty())
      if (const auto level = parse_level(config.level); !level)
        add("level", level.error().message());
    for (const std::string& check : config.checks) {
      if (std::find(std::begin(kChecks), std::end(kChecks), check) != std::end(kChecks)) continue;
      const std::vector<std::string> known(std::begin(kChecks), std::end(kChecks));
      const auto meant = closest(check, known);
      add("checks", fmt::format("there is no check \"{}\"{}", check,
                                meant ? fmt::format("; did you mean \"{}\"?", *meant)
                                      : fmt::format("; there are {}", fmt::join(known, ", "))));
    }
  }

  void look_at_files(const AlertConfig& config) {
    const auto look = [&](const std::string& key, const std::string& path, int mode) {
      if (!path.empty() && ::access(path.c_str(), mode) != 0)
        add(key, system_error(errno, path).message(), ProblemKind::warning);
    };
    look("webhook_file", config.webhook_file, R_OK);
    look("token_file", config.token_file, R_OK);
    if (!config.command.empty()) look("command", config.command.front(), X_OK);
  }

 private:
  void add(const std::string& key, const std::string& message,
           ProblemKind kind = ProblemKind::error) {
    const auto origin = loaded_.origins.find({section_, key});
    const ConfigPlace place =
        origin == loaded_.origins.end() ? ConfigPlace{section_, 0, 0, {}} : origin->second.place;
    problems_.push_back({place, key + ": " + message, kind, true});
  }

  const LoadedConfig& loaded_;
  std::string section_;
  std::vector<ConfigProblem>& problems_;
};

}  // namespace

LineRule::LineRule(std::string name, AlertConfig config, RecordFilter filter, WallTime since)
    : name_(std::move(name)),
      config_(std::move(config)),
      choice_(config_.processes),
      filter_(std::move(filter)),
      since_text_(time_text(since)) {}

Result<LineRule> LineRule::make(const std::string& name, const AlertConfig& config,
                                WallTime since) {
  LOGD_TRY_ASSIGN(RecordFilter filter, filter_of(config));
  return LineRule(name, config, std::move(filter), since);
}

bool LineRule::is_about(const Line& line, const LogName& log) {
  if (config_.stream != "both" && (config_.stream == "err") != (line.stream == Stream::err))
    return false;
  return line.time >= since_text_ && choice_.includes(log) && filter_.matches(line.content);
}

AlertWindow::Verdict LineRule::add(WallTime time, const LogName& log, MonoTime now) {
  if (windows_.size() >= kMaxWindows && !windows_.contains(log.process)) {
    std::erase_if(windows_, [&](const auto& window) {
      return window.second.is_idle(time, now, config_.within);
    });
  }
  return windows_[log.process].add(time, now, {config_.count, config_.within, config_.cooldown});
}

std::uint64_t LineRule::take_suppressed(const LogName& log) {
  return windows_[log.process].take_suppressed();
}

std::string LineRule::condition() const {
  std::string text = config_.count == 1 ? "a line" : fmt::format("{} lines", config_.count);
  if (!config_.level.empty()) text += fmt::format(" of level {} or worse", config_.level);
  if (config_.stream != "both") text += fmt::format(" of std{}", config_.stream);
  if (!config_.match.empty())
    text += fmt::format(" that {} /{}/", config_.count == 1 ? "matches" : "match", config_.match);
  if (config_.count > 1) text += " within " + duration_text(config_.within);
  return text;
}

std::vector<ConfigProblem> alert_problems(const LoadedConfig& loaded) {
  std::vector<ConfigProblem> problems;
  for (const auto& [name, config] : loaded.config.alerts)
    Finder(loaded, "alert." + name, problems).look_at(config);
  return problems;
}

std::vector<ConfigProblem> alert_warnings(const LoadedConfig& loaded) {
  std::vector<ConfigProblem> problems;
  for (const auto& [name, config] : loaded.config.alerts)
    Finder(loaded, "alert." + name, problems).look_at_files(config);
  return problems;
}

}  // namespace logd
