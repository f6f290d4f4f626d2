// SPDX-License-Identifier: Apache-2.0
#include "config/config_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/file_io.h"
#include "base/text_file.h"
#include "base/unique_fd.h"
#include "config/config_reader.h"
#include "config/config_text.h"

namespace logd {
namespace {

constexpr std::size_t kMaxFileBytes = 1_MiB;

struct Places {
  std::string config;
  std::string log_dir;
  std::string run_dir;  // empty: <log_dir>/.run
  std::string rules_dir;
};

// A value and where it comes from; nothing if neither flag nor variable gives it.
struct Given {
  std::string value;
  std::string origin;
};

Places root_places() {
  return {"/etc/logd/logd.toml", "/var/log/logd", "/run/logd", "/etc/logd/rules"};
}

// The XDG directory of `variable`, else `fallback` below the home directory. XDG says to ignore
// relative ones.
std::string xdg_directory(const ConfigEnvironment& environment, const std::string& variable,
                          const std::string& fallback) {
  if (const auto directory = environment.variable(variable); directory && directory->front() == '/')
    return *directory;
  return environment.variable("HOME").value_or("") + fallback;
}

Places own_places(const ConfigEnvironment& environment) {
  Places places;
  const std::string ours = xdg_directory(environment, "XDG_CONFIG_HOME", "/.config") + "/logd";
  places.config = ours + "/logd.toml";
  places.rules_dir = ours + "/rules";
  places.log_dir = xdg_directory(environment, "XDG_STATE_HOME", "/.local/state") + "/logd";
  if (const auto run = environment.variable("XDG_RUNTIME_DIR"); run && run->front() == '/') {
    places.run_dir = *run + "/logd";
  }
  return places;
}

// All three from one side: a log_dir of one's own with root's run_dir would let a flush reach the
// wrong daemon.
Places default_places(const ConfigSources& sources, const ConfigEnvironment& environment) {
  if (environment.is_root) return root_places();
  Places own = own_places(environment);
  if (sources.daemon) return own;
  const auto exist = [&](const Places& places) {
    return environment.exists(places.config) || environment.exists(places.log_dir) ||
           (!places.run_dir.empty() && environment.exists(places.run_dir));
  };
  return !exist(own) && exist(root_places()) ? root_places() : own;
}

std::optional<Given> given(const std::optional<std::string>& flag, const std::string& flag_name,
                           const std::string& variable, const ConfigEnvironment& environment) {
  if (flag) return Given{*flag, flag_name};
  if (const auto value = environment.variable(variable)) return Given{*value, variable};
  return std::nullopt;
}

// A path of the command line or the environment; the daemon and its keepers change directory.
Result<std::string> absolute_path(const Given& path, const ConfigEnvironment& environment) {
  if (path.value.empty()) return fail(ErrorCode::invalid, path.origin + " must not be empty");
  if (path.value.front() == '/') return path.value;
  const auto absolute = std::filesystem::path(environment.working_directory) / path.value;
  return absolute.lexically_normal().string();
}

Result<std::string> read_file(const std::string& path) {
  UniqueFd fd(retry_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
  if (!fd) return fail(system_error(errno, path));
  return read_text(fd.get(), path, kMaxFileBytes);
}

std::string problems_text(const std::vector<ConfigProblem>& problems, const std::string& file,
                          std::string_view contents) {
  std::string text;
  for (const ConfigProblem& problem : problems) text += problem.text(file, contents) + "\n";
  return text + fmt::format("{}: {} {}", file, problems.size(),
                            problems.size() == 1 ? "problem" : "problems");
}

// Takes what flag or variable say over what the file said; returns the origin, if there is one.
Result<std::optional<std::string>> override_path(const std::optional<Given>& path,
                                                 const ConfigEnvironment& environment,
                                                 std::string& to) {
  if (!path) return std::optional<std::string>();
  LOGD_TRY_ASSIGN(to, absolute_path(*path, environment));
  return std::optional<std::string>(path->origin);
}

void note_origin(std::vector<Setting>& settings, std::string_view key,
                 const std::optional<std::string>& origin) {
  for (Setting& setting : settings) {
    if (origin && setting.section.empty() && setting.key == key) setting.origin = *origin;
  }
}

// The file to read; empty if there is none. One that was asked for must exist.
Result<std::string> config_to_read(const ConfigSources& sources,
                                   const ConfigEnvironment& environment, const Places& places) {
  const auto asked_for = given(sources.config, "--config", "LOGD_CONFIG", environment);
  if (asked_for) return absolute_path(*asked_for, environment);
  return environment.exists(places.config) ? places.config : std::string();
}

std::string default_run_dir(const ConfigEnvironment& environment, const Places& places,
                            const std::string& log_dir) {
  const std::string beside = log_dir + "/.run";
  // A log_dir that is given by hand may be the one of a daemon without XDG_RUNTIME_DIR.
  const bool is_beside =
      places.run_dir.empty() || (!environment.is_root && !environment.variable("XDG_RUNTIME_DIR") &&
                                 environment.exists(beside));
  return is_beside ? beside : places.run_dir;
}

}  // namespace

ConfigEnvironment this_environment() {
  ConfigEnvironment environment;
  environment.is_root = ::geteuid() == 0;
  std::error_code ignored;
  environment.working_directory = std::filesystem::current_path(ignored).string();
  environment.variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value != nullptr && *value != '\0') return value;
    if (name != "HOME") return std::nullopt;
    const passwd* user = ::getpwuid(::geteuid());
    return user != nullptr ? std::optional<std::string>(user->pw_dir) : std::nullopt;
  };
  environment.exists = [](const std::string& path) { return ::access(path.c_str(), F_OK) == 0; };
  return environment;
}

Result<LoadedConfig> load_config(const ConfigSources& sources,
                                 const ConfigEnvironment& environment) {
  const Places places = default_places(sources, environment);
  LoadedConfig loaded;
  ConfigLines lines;
  LOGD_TRY_ASSIGN(loaded.file, config_to_read(sources, environment, places));
  if (!loaded.file.empty()) {
    LOGD_TRY_ASSIGN(const std::string contents, read_file(loaded.file));
    const auto problems = read_config(contents, loaded.config, lines);
    if (!problems.empty()) {
      return fail(ErrorCode::invalid, problems_text(problems, loaded.file, contents));
    }
  }
  Config& config = loaded.config;
  const auto log_dir = given(sources.log_dir, "--log-dir", "LOGD_LOG_DIR", environment);
  const auto run_dir = given(sources.run_dir, "--run-dir", "LOGD_RUN_DIR", environment);
  LOGD_TRY_ASSIGN(const auto log_dir_origin, override_path(log_dir, environment, config.log_dir));
  LOGD_TRY_ASSIGN(const auto run_dir_origin, override_path(run_dir, environment, config.run_dir));
  if (config.log_dir.empty()) config.log_dir = places.log_dir;
  if (config.run_dir.empty()) {
    config.run_dir = default_run_dir(environment, places, config.log_dir);
  }
  if (config.rules_dir.empty()) config.rules_dir = places.rules_dir;
  if (config.mask_key.empty()) config.mask_key = config.log_dir + "/.rules/mask.key";
  loaded.settings = settings_of(config, lines, loaded.file);
  note_origin(loaded.settings, "log_dir", log_dir_origin);
  note_origin(loaded.settings, "run_dir", run_dir_origin);
  return loaded;
}

}  // namespace logd
