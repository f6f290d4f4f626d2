// logd: the daemon that captures. See logd(8).
// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/accounts.h"
#include "base/diagnostics.h"
#include "config/config_file.h"
#include "config/config_text.h"
#include "config/config_warnings.h"
#include "daemon/daemon.h"
#include "rules/config_check.h"
#include "rules/masking.h"
#include "upkeep/archiver.h"

namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kPermission = 6;

int print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return std::fflush(stdout) == 0 ? 0 : kFailed;
}

// Prints all problems of the rule files and of what `masking` names, or that there are none.
int check_config(const logd::LoadedConfig& loaded, const std::vector<std::string>& warnings) {
  const std::vector<std::string> problems = logd::masking_problems(
      loaded, [](const std::vector<logd::Rule>& rules, const std::vector<logd::RulePack>& packs) {
        return logd::check_rules(rules, packs, logd::ExamplesOf::user_files);
      });
  if (problems.empty()) return print(logd::check_config_text(loaded, warnings));
  for (const std::string& problem : problems)
    std::fprintf(stderr, "%s\n", logd::masked_message(problem).c_str());
  return kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == logd::kArchiverArgument)
    return logd::run_archiver_process();
  CLI::App app("logd captures the standard output and error of processes into log files.", "logd");
  logd::ConfigSources sources;
  sources.daemon = true;
  bool check = false;
  bool print_config = false;
  bool print_default = false;
  app.add_option("--config", sources.config, "Configuration file");
  app.add_option("--log-dir", sources.log_dir, "Directory of the logs");
  app.add_option("--run-dir", sources.run_dir, "Directory of sockets and ledgers");
  app.add_flag("--check-config", check, "Check the configuration and exit");
  app.add_flag("--print-config", print_config, "Print effective values and their origin");
  app.add_flag("--print-default-config", print_default, "Print a commented configuration file");
  app.set_version_flag("--version", "logd " LOGD_VERSION);
  app.footer("Exit status: 0 stopped in order, 1 failed, 2 usage or configuration, 6 permission.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  logd::set_up_diagnostics("logd");
  if (print_default) return print(logd::default_config_text());
  const auto loaded = logd::load_config(sources);
  if (!loaded) {
    std::fprintf(stderr, "%s\n", logd::masked_message(loaded.error().message()).c_str());
    return kUsage;
  }
  if (print_config) return print(logd::print_config_text(*loaded));
  const auto warnings = logd::config_warnings(
      *loaded, [](const std::string& group) { return logd::group_id(group).has_value(); });
  if (check) return check_config(*loaded, warnings);
  for (const std::string& warning : warnings) logd::log_warn(warning);

  const auto ended = logd::run_daemon(loaded->config);
  if (ended) return 0;
  std::fprintf(stderr, "logd: %s\n", ended.error().message().c_str());
  return ended.error().code == logd::ErrorCode::permission ? kPermission : kFailed;
}
