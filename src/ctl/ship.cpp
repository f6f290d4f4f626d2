// Watches and steers forwarding: `logctl ship`. What logd-ship has written needs no daemon; what it
// is to do is asked of logd.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "base/closest.h"
#include "base/own_program.h"
#include "base/posix_file_system.h"
#include "base/system_clock.h"
#include "base/unique_fd.h"
#include "config/config_text.h"
#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/output_format.h"
#include "ctl/ship_letters.h"
#include "ctl/ship_report.h"
#include "ctl/zone.h"
#include "logd/record.h"
#include "query/log_choice.h"
#include "query/time_expression.h"

namespace logd {
namespace {

constexpr char kProgram[] = "logd-ship";

std::string suggestion(const std::string& word, const std::vector<std::string>& words) {
  const auto meant = closest(word, words);
  return meant ? fmt::format("; did you mean '{}'?", *meant) : "";
}

// A file without a name, so that a test works with exactly the configuration that was read. Its
// descriptor is inherited.
Result<UniqueFd> file_with(const std::string& text) {
  UniqueFd file(memfd_create("logd.toml", 0));
  if (!file) return fail(system_error(errno, "memfd_create"));
  if (::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return fail(system_error(errno, "write the configuration of logd-ship"));
  return file;
}

// As requests have it.
std::string request_time(WallTime time) { return std::to_string(time.time_since_epoch().count()); }

class ShipCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.arguments("status [DEST] | test|rewind|retry|replay DEST | dlq list|… DEST", words_,
                      "How it is · what it is to do · what it has refused");
    options.text("--since", since_, "TIME", "rewind: send again what was sent since then");
    options.texts("--process", processes_, "NAME", "replay: only of these, or of globs");
    options.text("--from", from_, "TIME", "replay: what was stored at this time or later");
    options.text("--to", to_, "TIME", "replay: what was stored before this time (now)");
    format_.declare(options);
  }

  int run(const Config& config) override {
    if (const auto checked = format_.check(); !checked) return refuse(checked.error().message());
    const std::string action = take_word("status");
    if (action == "status") return status(config);
    if (action == "test") return with_destination(config, &ShipCommand::test);
    if (action == "rewind") return with_destination(config, &ShipCommand::rewind);
    if (action == "retry") return with_destination(config, &ShipCommand::retry);
    if (action == "replay") return with_destination(config, &ShipCommand::replay);
    if (action == "dlq") return dlq(config);
    return refuse(
        fmt::format("'{}' is none of status, test, rewind, retry, replay and dlq{}", action,
                    suggestion(action, {"status", "test", "rewind", "retry", "replay", "dlq"})));
  }

 private:
  using Action = int (ShipCommand::*)(const Config& config, const std::string& destination);

  static int refuse(const std::string& message) {
    complain("ship: " + message);
    return kExitUsage;
  }

  std::string take_word(const std::string& other) {
    if (words_.empty()) return other;
    std::string word = std::move(words_.front());
    words_.erase(words_.begin());
    return word;
  }

  static int no_such(const std::string& name, const std::vector<std::string>& names) {
    complain(fmt::format("ship: there is no destination '{}'{}", name, suggestion(name, names)));
    return kExitNoProcess;
  }

  int with_destination(const Config& config, Action action) {
    if (words_.size() != 1) return refuse("which destination? One, please");
    const std::string name = words_.front();
    if (config.ships.contains(name)) return (this->*action)(config, name);
    std::vector<std::string> names;
    for (const auto& [other, ship] : config.ships) names.push_back(other);
    return no_such(name, names);
  }

  int status(const Config& config) {
    if (words_.size() > 1) return refuse("status is of one destination, or of all");
    auto found = look_at_destinations(config);
    if (!found) return complain(found.error());
    if (!words_.empty()) {
      std::vector<std::string> names;
      for (const ShownDestination& one : *found) names.push_back(one.name);
      std::erase_if(*found, [&](const auto& one) { return one.name != words_.front(); });
      if (found->empty()) return no_such(words_.front(), names);
    }
    const WallTime now = SystemClock().wall_now();
    if (format_.is_json()) {
      std::fputs(ship_json(*found, now).c_str(), stdout);
    } else if (found->empty()) {
      complain("ship: the configuration has no [ship.NAME]");
    } else {
      std::fputs(ship_table(*found, now).c_str(), stdout);
    }
    return kExitDone;
  }

  // Becomes logd-ship, whose exit status is ours.
  int test(const Config& config, const std::string& destination) {
    Config whole = config;
    std::error_code error;
    whole.log_dir = std::filesystem::absolute(config.log_dir, error);
    whole.run_dir = std::filesystem::absolute(config.run_dir, error);
    const auto file = file_with(ship_config_text(whole));
    if (!file) return complain(file.error());
    const std::string path = own_program(kProgram);
    const std::string given = fmt::format("/proc/self/fd/{}", file->get());
    const std::array<const char*, 8> arguments{kProgram, "--config",          given.c_str(),
                                               "--test", destination.c_str(), nullptr};
    execv(path.c_str(), const_cast<char* const*>(arguments.data()));
    return complain(system_error(errno, "start " + path));
  }

  // Errors: invalid.
  static Result<WallTime> moment(const Config& config, const std::string& text, TimeBound bound) {
    LOGD_TRY_ASSIGN(const Zone zone, choose_zone(config.timezone));
    return parse_moment(text, bound, SystemClock().wall_now(), time_zone_of(zone));
  }

  int rewind(const Config& config, const std::string& destination) {
    if (since_.empty()) return refuse("rewind needs --since, such as --since 10m");
    const auto since = moment(config, since_, TimeBound::since);
    if (!since) return refuse(since.error().message());
    control::Request request = request_for(destination, "rewind");
    request.since = request_time(*since);
    return tell(
        config, request,
        fmt::format("sends again what was stored since {}Z and is kept", time_text(*since)));
  }

  int retry(const Config& config, const std::string& destination) {
    return tell(config, request_for(destination, "retry"), "tries now");
  }

  int replay(const Config& config, const std::string& destination) {
    if (from_.empty()) return refuse("replay needs --from, and --to if it is not now");
    const auto from = moment(config, from_, TimeBound::since);
    if (!from) return refuse(from.error().message());
    const auto to = moment(config, to_.empty() ? "now" : to_, TimeBound::until);
    if (!to) return refuse(to.error().message());
    if (*to <= *from) return refuse("--to is not after --from");
    if (const auto checked = check_processes(config); !checked) return complain(checked.error());
    control::Request request = request_for(destination, "replay");
    request.names = processes_;
    request.since = request_time(*from);
    request.until = request_time(*to);
    return tell(config, request,
                fmt::format("sends once more what is kept from {}Z to {}Z", time_text(*from),
                            time_text(*to)));
  }

  // Errors: not_found, permission, io.
  Result<void> check_processes(const Config& config) const {
    if (processes_.empty()) return {};
    LOGD_TRY_ASSIGN(const auto log_dir, PosixFileSystem().open_directory(config.log_dir));
    LOGD_TRY_ASSIGN(const auto logs, list_logs(*log_dir));
    return LogChoice(processes_).check(logs, LogChoice::MayCome::no);
  }

  int dlq(const Config& config) {
    const std::string action = take_word("");
    if (action == "list") return with_destination(config, &ShipCommand::list);
    if (action == "show") return with_destination(config, &ShipCommand::show);
    if (action == "drop") return with_destination(config, &ShipCommand::drop);
    if (action == "replay") return with_destination(config, &ShipCommand::send_letters);
    return refuse("dlq list, show, drop or replay, and a destination" +
                  suggestion(action, {"list", "show", "drop", "replay"}));
  }

  LettersAs as() const { return format_.is_json() ? LettersAs::json : LettersAs::text; }

  int list(const Config& config, const std::string& destination) {
    return list_letters(config, destination, as());
  }
  int show(const Config& config, const std::string& destination) {
    return show_letters(config, destination, as());
  }
  int drop(const Config& config, const std::string& destination) {
    return tell(config, request_for(destination, "dlq_drop"), "drops its dead letters");
  }
  int send_letters(const Config& config, const std::string& destination) {
    return tell(config, request_for(destination, "dlq_replay"), "sends its dead letters again");
  }

  static control::Request request_for(const std::string& destination, const std::string& action) {
    control::Request request;
    request.verb = "ship";
    request.destination = destination;
    request.action = action;
    return request;
  }

  static int tell(const Config& config, const control::Request& request, const std::string& what) {
    const auto response = ask(config, request);
    if (!response) return complain(response.error());
    std::puts(fmt::format("{}: {}", request.destination, what).c_str());
    return kExitDone;
  }

  std::vector<std::string> words_;
  std::vector<std::string> processes_;
  std::string since_;
  std::string from_;
  std::string to_;
  OutputFormat format_;
};

}  // namespace

std::unique_ptr<Command> make_ship_command() { return std::make_unique<ShipCommand>(); }

}  // namespace logd
