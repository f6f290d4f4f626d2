// SPDX-License-Identifier: Apache-2.0
#include "daemon/check_config.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "alert/alert_rule.h"
#include "base/accounts.h"
#include "config/config_combinations.h"
#include "config/config_text.h"
#include "rules/config_check.h"
#include "rules/masking.h"

namespace logd {
namespace {

constexpr std::size_t kMaxRunDirBytes = 94;  // a socket in it must have room

ConfigOrigin origin_of(const LoadedConfig& loaded, const std::string& key) {
  const auto found = loaded.origins.find({"", key});
  return found != loaded.origins.end() ? found->second
                                       : ConfigOrigin{{"default", 0, 0, {}}, std::string()};
}

// The directory itself, or the nearest above it that exists.
std::string nearest_existing(std::string path) {
  struct stat status {};
  while (path.size() > 1 && ::stat(path.c_str(), &status) != 0 && errno == ENOENT)
    path = std::filesystem::path(path).parent_path().string();
  return path;
}

// Whoever asks may be another user than the one that logd runs as: only a warning.
void look_at_directory(const LoadedConfig& loaded, const std::string& key, const std::string& path,
                       std::vector<ConfigProblem>& problems) {
  const ConfigOrigin origin = origin_of(loaded, key);
  const auto add = [&](ProblemKind kind, const std::string& message) {
    // A path with a secret in it is not shown.
    problems.push_back({origin.place,
                        origin.shown.empty()
                            ? fmt::format("{}: {}", key, message)
                            : fmt::format("{}: {} cannot be used", key, origin.shown),
                        kind});
  };
  const std::string there = nearest_existing(path);
  struct stat status {};
  if (::stat(there.c_str(), &status) == 0 && !S_ISDIR(status.st_mode))
    return add(ProblemKind::error, there + " is not a directory");
  if (::faccessat(AT_FDCWD, there.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return;
  const std::string why = system_error(errno, {}).message();
  add(ProblemKind::warning,
      there == path ? fmt::format("uid {} cannot write into {}: {}", geteuid(), path, why)
                    : fmt::format("uid {} cannot make {}: {}", geteuid(), path, why));
}

void look_at_run_dir(const LoadedConfig& loaded, std::vector<ConfigProblem>& problems) {
  look_at_directory(loaded, "run_dir", loaded.config.run_dir, problems);
  if (loaded.config.run_dir.size() <= kMaxRunDirBytes) return;
  problems.push_back({origin_of(loaded, "run_dir").place,
                      fmt::format("run_dir: has {} bytes; with more than {} there is no room for "
                                  "the name of a socket",
                                  loaded.config.run_dir.size(), kMaxRunDirBytes),
                      ProblemKind::error});
}

nlohmann::json to_json(const ConfigProblem& problem) {
  nlohmann::json json{{"severity", problem.kind == ProblemKind::error ? "error" : "warning"},
                      {"file", problem.place.name},
                      {"message", problem.message}};
  if (problem.place.line > 0) json["line"] = problem.place.line;
  if (problem.place.column > 0) json["column"] = problem.place.column;
  return json;
}

std::string json_report(const CheckedConfig& checked) {
  nlohmann::json problems = nlohmann::json::array();
  for (const ConfigProblem& problem : checked.problems) problems.push_back(to_json(problem));
  const nlohmann::json report{{"v", 1},
                              {"good", checked.is_good},
                              {"files", checked.loaded.files},
                              {"problems", std::move(problems)}};
  return report.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// What can be known of these in spite of errors in the files.
void look_beyond_files(const ExaminedConfig& examined, std::vector<ConfigProblem>& problems) {
  const LoadedConfig& loaded = examined.loaded;
  const auto add = [&](const std::vector<ConfigProblem>& more) {
    problems.insert(problems.end(), more.begin(), more.end());
  };
  // Without the user's rules, names of theirs would seem to be wrong.
  if (examined.is_known("rules_dir")) {
    add(masking_problems(loaded,
                         [](const std::vector<Rule>& rules, const std::vector<RulePack>& packs) {
                           return check_rules(rules, packs, ExamplesOf::user_files);
                         }));
  }
  if (examined.is_known("log_dir"))
    look_at_directory(loaded, "log_dir", loaded.config.log_dir, problems);
  if (examined.is_run_dir_known()) look_at_run_dir(loaded, problems);
  add(alert_problems(loaded));
  add(alert_warnings(loaded));
  add(group_warnings(loaded.config, loaded.origins,
                     [](const std::string& group) { return group_id(group).has_value(); }));
}

}  // namespace

Result<CheckedConfig> check_config_files(const ConfigSources& sources) {
  LOGD_TRY_ASSIGN(ExaminedConfig examined, examine_config(sources));
  if (examined.problems.empty()) examined.problems = alert_problems(examined.loaded);
  const bool is_good = examined.problems.empty();
  return CheckedConfig{std::move(examined.loaded), std::move(examined.problems), is_good};
}

Result<CheckedConfig> check_config(const ConfigSources& sources) {
  LOGD_TRY_ASSIGN(ExaminedConfig examined, examine_config(sources));
  std::vector<ConfigProblem> problems = examined.problems;
  look_beyond_files(examined, problems);
  const LoadedConfig& loaded = examined.loaded;
  problems.insert(problems.end(), loaded.warnings.begin(), loaded.warnings.end());
  sort_problems(problems, loaded.files);
  const auto is_error = [](const ConfigProblem& problem) {
    return problem.kind == ProblemKind::error;
  };
  std::stable_partition(problems.begin(), problems.end(), is_error);
  const bool is_good = problems.empty() || !is_error(problems.front());
  return CheckedConfig{std::move(examined.loaded), std::move(problems), is_good};
}

std::string check_report(const CheckedConfig& checked, CheckFormat format) {
  if (format == CheckFormat::json) return json_report(checked);
  std::string text;
  std::vector<ConfigProblem> errors;
  for (const ConfigProblem& problem : checked.problems) {
    if (problem.kind == ProblemKind::error)
      errors.push_back(problem);
    else
      text += fmt::format("warning: {}\n", problem.text());
  }
  return errors.empty() ? check_config_text(checked.loaded) + text
                        : text + problems_text(errors) + "\n";
}

}  // namespace logd
