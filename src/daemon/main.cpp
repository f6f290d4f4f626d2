// logd: the daemon that captures. See logd(8).
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "alert/alert_rule.h"
#include "base/accounts.h"
#include "base/diagnostics.h"
#include "config/config_combinations.h"
#include "config/config_file.h"
#include "config/config_text.h"
#include "daemon/check_config.h"
#include "daemon/daemon.h"
#include "daemon/test_alert.h"
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

int fail_with(const std::string& message) {
  std::fprintf(stderr, "%s\n", logd::masked_message(message).c_str());
  return kUsage;
}

// Errors go to standard error, but an editor reads its JSON from standard output.
int report_check(const logd::ConfigSources& sources, logd::CheckFormat format) {
  const auto checked = logd::check_config(sources);
  if (!checked) return fail_with(checked.error().message());
  const std::string report = logd::check_report(*checked, format);
  if (checked->is_good) return print(report);
  if (format == logd::CheckFormat::json) {
    print(logd::masked_message(report));
    return kUsage;
  }
  return fail_with(report.substr(0, report.size() - 1));
}

int report_test(const logd::Config& config, const std::string& alert) {
  const auto told = logd::test_alert(config, alert);
  if (told) return print(alert + " was told\n");
  std::fprintf(stderr, "logd: %s\n", told.error().message().c_str());
  return told.error().code == logd::ErrorCode::not_found ? kUsage : kFailed;
}

// Values that hardly anybody means are told, and the daemon starts.
void warn_of(const std::vector<logd::ConfigProblem>& problems) {
  for (const logd::ConfigProblem& problem : problems)
    logd::log_warn(fmt::format("{}: {}", problem.place.text(), problem.message));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == logd::kArchiverArgument)
    return logd::run_archiver_process();
  CLI::App app("logd captures the standard output and error of processes into log files.", "logd");
  logd::ConfigSources sources;
  sources.daemon = true;
  bool check = false;
  std::string format = "text";
  bool print_config = false;
  bool print_default = false;
  std::string alert;
  app.add_option("--config", sources.config, "Configuration file");
  app.add_option("--log-dir", sources.log_dir, "Directory of the logs");
  app.add_option("--run-dir", sources.run_dir, "Directory of sockets and ledgers");
  CLI::Option* const check_option =
      app.add_flag("--check-config", check, "Check the configuration and exit");
  app.add_option("--format", format, "Of --check-config: text or json")
      ->needs(check_option)
      ->check(CLI::IsMember({"text", "json"}));
  app.add_flag("--print-config", print_config, "Print effective values and their origin");
  app.add_flag("--print-default-config", print_default, "Print a commented configuration file");
  app.add_option("--test-alert", alert, "Tell a test of this alert as the daemon would, and exit");
  app.set_version_flag("--version", "logd " LOGD_VERSION);
  app.footer("Exit status: 0 stopped in order, 1 failed, 2 usage or configuration, 6 permission.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  logd::set_up_diagnostics("logd");
  if (print_default) return print(logd::default_config_text());
  if (check) {
    return report_check(sources,
                        format == "json" ? logd::CheckFormat::json : logd::CheckFormat::text);
  }
  const auto loaded = logd::load_config(sources);
  if (!loaded) return fail_with(loaded.error().message());
  if (const auto problems = logd::alert_problems(*loaded); !problems.empty())
    return fail_with(logd::problems_text(problems));
  if (print_config) return print(logd::print_config_text(*loaded));
  if (!alert.empty()) return report_test(loaded->config, alert);
  warn_of(loaded->warnings);
  warn_of(logd::group_warnings(loaded->config, loaded->origins, [](const std::string& group) {
    return logd::group_id(group).has_value();
  }));

  const auto ended = logd::run_daemon(*loaded, sources);
  if (ended) return 0;
  std::fprintf(stderr, "logd: %s\n", ended.error().message().c_str());
  return ended.error().code == logd::ErrorCode::permission ? kPermission : kFailed;
}
