// Reads logctl's command line up to the command, and hands the rest to it.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/closest.h"
#include "config/config_file.h"
#include "ctl/command.h"
#include "ctl/commands.h"
#include "ctl/completion.h"
#include "ctl/exit_status.h"
#include "ctl/query_outcome.h"
#include "rules/masking.h"

namespace logd {
namespace {

std::string usage() {
  std::string text =
      "Usage: logctl [--config FILE] [--log-dir DIR] [--run-dir DIR] COMMAND …\n\n"
      "Commands:\n";
  for (const CommandEntry& command : commands()) {
    std::string call = std::string("  ") + command.name + " " + command.arguments;
    // The ellipsis is three bytes wide and one column.
    std::size_t columns = 0;
    for (const char c : call) columns += (c & 0xc0) != 0x80 ? 1 : 0;
    call.append(columns < 24 ? 24 - columns : 1, ' ');
    text += call + command.summary;
    if (command.alias != nullptr) text += std::string(" (also: ") + command.alias + ")";
    text += '\n';
  }
  return text +
         "\nlogctl COMMAND --help shows a command's options; logctl --version the version.\n";
}

int complain_about_command(const std::string& name) {
  std::vector<std::string> names;
  for (const CommandEntry& command : commands()) {
    names.emplace_back(command.name);
    if (command.alias != nullptr) names.emplace_back(command.alias);
  }
  std::string message = "unknown command '" + name + "'";
  if (const auto meant = closest(name, names)) message += "; did you mean '" + *meant + "'?";
  complain(message);
  return kExitUsage;
}

// How many of `arguments` stand before the command: options that all commands have.
std::size_t count_leading_options(const std::vector<std::string>& arguments) {
  std::size_t count = 0;
  while (count < arguments.size() && arguments[count].starts_with('-')) {
    const std::string& option = arguments[count];
    const bool takes_next = option == "--config" || option == "--log-dir" || option == "--run-dir";
    count += takes_next ? 2 : 1;
  }
  return std::min(count, arguments.size());
}

// Whoever looks at logs while the configuration is wrong must be able to, and know why a setting
// does not hold. What a user may just not read, or has no variable for, is nothing to tell.
void tell_left_out(const std::vector<ConfigProblem>& problems) {
  std::string wrong;
  for (const ConfigProblem& problem : problems) {
    const bool is_lacking =
        problem.place.line == 0 || problem.message.find("${") != std::string::npos;
    if (is_lacking) continue;
    wrong += fmt::format("{}left out: {}: {}", wrong.empty() ? "" : "\n", problem.place.text(),
                         problem.message);
  }
  if (!wrong.empty()) complain(masked_message(wrong));
}

// The daemon is asked as long as it is known where it is, whatever is wrong with the rest.
int run_by_daemon(Command& command, const std::string& name, const ExaminedConfig& examined) {
  const std::vector<ConfigProblem>& problems = examined.problems;
  const auto complain_of_all = [&] { complain(masked_message(problems_text(problems))); };
  if (!problems.empty() && !examined.is_run_dir_known()) {
    complain_of_all();
    complain(name + ": so it is not known where logd is; ask it by logctl --run-dir DIR " + name);
    return kExitUsage;
  }
  const int status = command.run(examined.loaded.config);
  if (status != kExitNoDaemon) return status;
  tell_left_out(examined.loaded.left_out);
  if (problems.empty()) return status;
  complain_of_all();
  return kExitUsage;
}

int refuse_config(const Error& error) {
  complain(masked_message(error.message()));
  return error.code == ErrorCode::permission ? kExitPermission : kExitUsage;
}

int run_command(Command& command, const std::string& name, const ConfigSources& sources) {
  if (command.leaves_checks_to_daemon()) {
    const auto examined = examine_config(sources);
    return examined ? run_by_daemon(command, name, *examined) : refuse_config(examined.error());
  }
  const auto config = load_config(sources);
  if (!config) return refuse_config(config.error());
  tell_left_out(config->left_out);
  if (!config->left_out.empty() && command.needs_whole_config()) {
    complain(name + ": nothing is done with a part of the configuration only");
    return kExitUsage;
  }
  return command.run(config->config);
}

int run_command_line(std::vector<std::string> arguments) {
  const std::size_t leading = count_leading_options(arguments);
  for (std::size_t i = 0; i < leading; ++i) {
    if (arguments[i] == "--version" || arguments[i] == "-V") {
      std::puts("logctl " LOGD_VERSION);
      return kExitDone;
    }
    if (arguments[i] == "--help" || arguments[i] == "-h") {
      std::fputs(usage().c_str(), stdout);
      return kExitDone;
    }
  }
  if (leading == arguments.size()) {
    std::fputs(usage().c_str(), stderr);
    return kExitUsage;
  }
  const std::string name = arguments[leading];
  if (name == "help") {
    std::fputs(usage().c_str(), stdout);
    return kExitDone;
  }
  if (name == kCompleteCommand) {
    arguments.erase(arguments.begin(),
                    arguments.begin() + static_cast<std::ptrdiff_t>(leading) + 1);
    return print_candidates(arguments);
  }
  const CommandEntry* const entry = find_command(name);
  if (entry == nullptr) return complain_about_command(name);
  arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(leading));

  Options options(entry->name, entry->summary);
  SourceOptions sources;
  const std::unique_ptr<Command> command = entry->make();
  command->declare(options);
  sources.declare(options);
  const auto outcome = options.parse(std::move(arguments));
  if (!outcome) {
    complain(std::string(entry->name) + ": " + outcome.error().message());
    return kExitUsage;
  }
  if (*outcome == Options::Outcome::help) {
    std::fputs(options.help().c_str(), stdout);
    return kExitDone;
  }
  return run_command(*command, entry->name, sources.sources());
}

// What a command has put into stdout may still be on its way: a full disk shows only now.
int flush_output(int status) {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  // It may have failed long before.
  if (errno == 0) return complain(Error{ErrorCode::io, 0, "not all of the output was written"});
  return cannot_print(system_error(errno, "write output"));
}

}  // namespace

}  // namespace logd

int main(int argc, char** argv) {
  return logd::flush_output(
      logd::run_command_line(std::vector<std::string>(argv + 1, argv + argc)));
}
