// SPDX-License-Identifier: Apache-2.0
#include "config/config_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <set>
#include <span>
#include <utility>

#include "base/closest.h"
#include "base/file_io.h"
#include "base/text_file.h"
#include "base/unique_fd.h"
#include "config/config_combinations.h"
#include "config/config_keys.h"
#include "config/config_text.h"

namespace logd {
namespace {

constexpr std::size_t kMaxFileBytes = 1_MiB;
constexpr std::size_t kMaxFiles = 1000;  // of conf.d
constexpr std::string_view kConfD = "conf.d";

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

bool is_given(const std::optional<std::string>& flag, const std::string& variable,
              const ConfigEnvironment& environment) {
  return flag || environment.variable(variable);
}

// A path of the command line or the environment; the daemon and its keepers change directory.
Result<std::string> absolute_path(const Given& path, const ConfigEnvironment& environment) {
  if (path.value.empty()) return fail(ErrorCode::invalid, path.origin + " must not be empty");
  if (path.value.front() == '/') return path.value;
  const auto absolute = std::filesystem::path(environment.working_directory) / path.value;
  return absolute.lexically_normal().string();
}

// What a path leads to; `only_files` says no to FIFOs and the like, which would block.
enum class Kind { any, only_files };

Result<std::string> read_file(const std::string& path, Kind kind) {
  const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (kind == Kind::any ? 0 : O_NONBLOCK);
  UniqueFd fd(retry_interrupted([&] { return ::open(path.c_str(), flags); }));
  if (!fd) return fail(system_error(errno, path));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail(system_error(errno, path));
  if (kind == Kind::only_files && !S_ISREG(status.st_mode))
    return fail(ErrorCode::invalid, path + ": is not a regular file");
  return read_text(fd.get(), path, kMaxFileBytes);
}

// Sorted paths of the *.toml in the directory conf.d of `file`. Errors: permission, io, limit.
Result<std::vector<std::string>> list_conf_d(const std::string& file) {
  const std::string directory = std::filesystem::path(file).parent_path() / kConfD;
  std::vector<std::string> paths;
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(".toml") && name.front() != '.') paths.push_back(entry->path().string());
  }
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory)
    return paths;
  if (error) return fail(system_error(error.value(), directory));
  if (paths.size() > kMaxFiles)
    return fail(ErrorCode::limit,
                fmt::format("{}: holds {} files; at most {}", directory, paths.size(), kMaxFiles));
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Takes what flag or variable say over what the file said; returns the origin, if there is one.
Result<std::optional<std::string>> override_path(const std::optional<Given>& path,
                                                 const ConfigEnvironment& environment,
                                                 std::string& to) {
  if (!path) return std::optional<std::string>();
  LOGD_TRY_ASSIGN(to, absolute_path(*path, environment));
  return std::optional<std::string>(path->origin);
}

void note_origin(ConfigOrigins& origins, const std::string& key,
                 const std::optional<std::string>& origin) {
  if (origin) origins[{"", key}] = {{*origin, 0, 0, {}}, {}};
}

// What follows "LOGD_" in names that are no keys and yet ours, or made by others: Kubernetes and
// Docker make some for a service that is called logd.
bool is_known_variable(std::string_view name) {
  constexpr std::string_view kOurs[] = {"CONFIG", "LOG_DIR", "RUN_DIR",     "LOG_LEVEL",
                                        "BIN",    "ALERT",   "ALERT_STATE", "ALERT_PROCESS"};
  constexpr std::string_view kMadeByOthers[] = {"PORT", "SERVICE_", "ENV_", "NAME"};
  name.remove_prefix(kVariablePrefix.size());
  return std::find(std::begin(kOurs), std::end(kOurs), name) != std::end(kOurs) ||
         std::any_of(std::begin(kMadeByOthers), std::end(kMadeByOthers),
                     [&](std::string_view made) { return name.starts_with(made); });
}

// Variables that look like keys and are none.
std::vector<ConfigProblem> unknown_variables(const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const auto& key : global_keys()) known.push_back(variable_of(key.name));
  for (const auto& key : process_keys())
    if (key.name != "fifo") known.push_back(variable_of(key.name));
  std::vector<ConfigProblem> problems;
  for (const std::string& name : names) {
    const bool is_key = std::find(known.begin(), known.end(), name) != known.end();
    if (!name.starts_with(kVariablePrefix) || is_key || is_known_variable(name)) continue;
    const auto meant = closest(name, known);
    problems.push_back({{name, 0, 0, {}},
                        fmt::format("this variable names no key{}",
                                    meant ? "; did you mean " + *meant + "?" : std::string()),
                        ProblemKind::warning});
  }
  return problems;
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
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    environment.names.emplace_back(text.substr(0, text.find('=')));
  }
  return environment;
}

namespace {

// The documents of all files, and what is wrong with those of conf.d that cannot be read.
class Reader {
 public:
  Reader(const ConfigSources& sources, ExaminedConfig& examined)
      : sources_(sources), examined_(examined) {}

  Result<void> read(const std::string& file) {
    LOGD_TRY_ASSIGN(std::string contents, read_file(file, Kind::any));
    take(file, std::move(contents));
    return {};
  }

  void read_conf_d(const std::string& file) {
    const auto paths = list_conf_d(file);
    if (!paths) return leave_out(paths.error());
    for (const std::string& path : *paths) {
      auto contents = read_file(path, Kind::only_files);
      if (contents)
        take(path, std::move(*contents));
      else
        leave_out(contents.error());
    }
  }

  const std::vector<ConfigDocument>& documents() const { return documents_; }

 private:
  void take(const std::string& file, std::string contents) {
    examined_.loaded.files.push_back(file);
    documents_.push_back(parse_document(file, std::move(contents)));
  }

  // Its message begins with the path.
  void leave_out(const Error& error) {
    const bool may_miss = !sources_.daemon && error.code == ErrorCode::permission;
    auto& problems = may_miss ? examined_.loaded.left_out : examined_.problems;
    const std::string message = error.message();
    const std::size_t colon = message.find(": ");
    problems.push_back(
        {{message.substr(0, colon), 0, 0, {}}, message.substr(colon + 2), ProblemKind::error});
  }

  const ConfigSources& sources_;
  ExaminedConfig& examined_;
  std::vector<ConfigDocument> documents_;
};

// The key that a line sets, or seems to.
std::string_view first_word(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t\"'"), line.size()));
  return line.substr(0, line.find_first_of(" \t=\"'"));
}

// Looks at the text, since what stands behind an error of syntax may not have been read.
std::set<std::string, std::less<>> keys_not_known(std::span<const ConfigDocument> documents,
                                                  const ConfigOrigins& origins,
                                                  const std::vector<ConfigProblem>& problems) {
  std::set<std::string, std::less<>> unknown;
  std::set<std::pair<std::string_view, std::uint32_t>> wrong_lines;
  for (const ConfigProblem& problem : problems)
    wrong_lines.emplace(problem.place.name, problem.place.line);
  for (const ConfigDocument& document : documents) {
    for (std::uint32_t line = 1; line <= document.lines.size(); ++line) {
      std::string word(first_word(document.line(line)));
      if (word.empty() || word.front() == '#' || word.front() == '[') continue;
      const bool is_key =
          std::any_of(global_keys().begin(), global_keys().end(),
                      [&](const ConfigKey<Config>& key) { return key.name == word; });
      const bool is_taken =
          is_key && origins.contains({"", word}) && !wrong_lines.contains({document.file, line});
      if (is_key && !is_taken) unknown.insert(std::move(word));
    }
  }
  return unknown;
}

// What flags, variables and places add to what the files say.
Result<void> complete(const ConfigSources& sources, const ConfigEnvironment& environment,
                      const Places& places, LoadedConfig& loaded) {
  Config& config = loaded.config;
  const auto log_dir = given(sources.log_dir, "--log-dir", "LOGD_LOG_DIR", environment);
  const auto run_dir = given(sources.run_dir, "--run-dir", "LOGD_RUN_DIR", environment);
  LOGD_TRY_ASSIGN(const auto log_dir_origin, override_path(log_dir, environment, config.log_dir));
  LOGD_TRY_ASSIGN(const auto run_dir_origin, override_path(run_dir, environment, config.run_dir));
  note_origin(loaded.origins, "log_dir", log_dir_origin);
  note_origin(loaded.origins, "run_dir", run_dir_origin);
  if (config.log_dir.empty()) config.log_dir = places.log_dir;
  if (config.run_dir.empty()) {
    config.run_dir = default_run_dir(environment, places, config.log_dir);
  }
  if (config.rules_dir.empty()) config.rules_dir = places.rules_dir;
  if (config.mask_key.empty()) config.mask_key = default_mask_key(config.log_dir);
  return {};
}

}  // namespace

Result<ExaminedConfig> examine_config(const ConfigSources& sources,
                                      const ConfigEnvironment& environment) {
  const Places places = default_places(sources, environment);
  ExaminedConfig examined;
  LoadedConfig& loaded = examined.loaded;
  LOGD_TRY_ASSIGN(const std::string file, config_to_read(sources, environment, places));
  Reader reader(sources, examined);
  if (!file.empty()) LOGD_TRY(reader.read(file));
  reader.read_conf_d(file.empty() ? places.config : file);
  ConfigReading reading = read_config({reader.documents(), environment.variable}, loaded.config);
  loaded.origins = std::move(reading.origins);
  LOGD_TRY(complete(sources, environment, places, loaded));
  loaded.settings = settings_of(loaded.config, loaded.origins);
  std::vector<ConfigProblem>& problems = examined.problems;
  for (ConfigProblem& problem : reading.problems) {
    auto& to = problem.is_optional && !sources.daemon ? loaded.left_out : problems;
    to.push_back(std::move(problem));
  }
  // What an error has left at its default would seem to be at odds with the rest.
  if (problems.empty()) {
    for (ConfigProblem& problem : config_combinations(loaded.config, loaded.origins)) {
      const bool is_error = problem.kind == ProblemKind::error && sources.daemon;
      auto& to = is_error ? problems : loaded.warnings;
      to.push_back(std::move(problem));
    }
  }
  for (ConfigProblem& problem : unknown_variables(environment.names))
    loaded.warnings.push_back(std::move(problem));
  if (!problems.empty())
    examined.unknown_keys = keys_not_known(reader.documents(), loaded.origins, problems);
  // A flag or a variable wins, whatever the files say.
  if (is_given(sources.log_dir, "LOGD_LOG_DIR", environment))
    examined.unknown_keys.erase("log_dir");
  if (is_given(sources.run_dir, "LOGD_RUN_DIR", environment))
    examined.unknown_keys.erase("run_dir");
  return examined;
}

// One that is not set may be derived from log_dir.
bool ExaminedConfig::is_run_dir_known() const {
  return is_known("run_dir") && (loaded.origins.contains({"", "run_dir"}) || is_known("log_dir"));
}

std::string default_mask_key(const std::string& log_dir) { return log_dir + "/.rules/mask.key"; }

std::string problems_text(const std::vector<ConfigProblem>& problems) {
  std::string text;
  std::set<std::string> names;
  for (const ConfigProblem& problem : problems) {
    text += problem.text() + "\n";
    names.insert(problem.place.name);
  }
  const std::string_view noun = problems.size() == 1 ? "problem" : "problems";
  if (names.size() == 1)
    return text + fmt::format("{}: {} {}", *names.begin(), problems.size(), noun);
  return text + fmt::format("{} {} in {} places", problems.size(), noun, names.size());
}

Result<LoadedConfig> load_config(const ConfigSources& sources,
                                 const ConfigEnvironment& environment) {
  LOGD_TRY_ASSIGN(ExaminedConfig examined, examine_config(sources, environment));
  if (!examined.problems.empty()) return fail(ErrorCode::invalid, problems_text(examined.problems));
  return std::move(examined.loaded);
}

}  // namespace logd
