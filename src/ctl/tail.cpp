// Shows the last lines of processes: `logctl tail`, also spelled `logs`.
// SPDX-License-Identifier: Apache-2.0
#include "query/tail.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <string>
#include <utility>

#include "base/posix_file_system.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/look_options.h"

namespace logd {
namespace {

// Two descriptors a log: a thousand logs are more than many shells allow at first.
void allow_many_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

class TailCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.arguments("NAME", tail_.names, "Processes, NAME@N for one instance, or globs");
    options.text("-n,--lines,--tail", lines_, "N|all", "How many lines (15)");
    options.flag("-f,--follow", tail_.query.follow, "Go on with what comes");
    options.flag("--out", out_, "Lines of stdout; with --err, both");
    options.flag("--err", err_, "Lines of stderr; with --out, both");
    options.flag("--events", tail_.query.selection.events, "Events of logd too");
    look_.declare(options, "-o,--output");
    options.flag("--nostream,--no-follow", no_follow_, "Accepted: without -f it ends anyway");
  }

  int run(const Config& config) override {
    if (const auto checked = settle(config); !checked) {
      complain("tail: " + checked.error().message());
      return kExitUsage;
    }
    // Whatever we inherited: a reader that goes away ends us without a word, as it ends others.
    std::signal(SIGPIPE, SIG_DFL);
    allow_many_files();

    bool is_damaged = false;
    bool is_unreadable = false;
    const Report report = [&](Trouble trouble, const std::string& message) {
      is_damaged |= trouble == Trouble::damage;
      is_unreadable |= trouble == Trouble::unreadable;
      complain(message);
    };
    PosixFileSystem fs;
    Output output(STDOUT_FILENO);
    Tail tail(fs, config.log_dir, tail_, output, report);
    if (const auto opened = tail.open(); !opened) return complain(opened.error());
    if (const auto printed = tail.print(); !printed) return give_up(printed.error());
    if (is_damaged) return kExitDamage;
    return is_unreadable ? kExitPermission : kExitDone;
  }

 private:
  static int give_up(const Error& error) {
    if (error.sys_errno == EPIPE) std::raise(SIGPIPE);
    complain(error);
    return kExitFailed;
  }

  // Turns what was typed into what is meant. Errors: invalid.
  Result<void> settle(const Config& config) {
    if (out_ || err_) {
      tail_.query.selection.out = out_;
      tail_.query.selection.err = err_;
    }
    LOGD_TRY(settle_lines());
    LOGD_TRY_ASSIGN(LookOptions::Look look, look_.settle(config, STDOUT_FILENO));
    tail_.render = std::move(look.render);
    tail_.show_name = look.show_name;
    if (no_follow_) tail_.query.follow = false;
    return {};
  }

  Result<void> settle_lines() {
    if (lines_ == "all") {
      tail_.query.lines.reset();
      return {};
    }
    std::uint64_t lines = 0;
    const char* const end = lines_.data() + lines_.size();
    const auto [parsed_to, error] = std::from_chars(lines_.data(), end, lines);
    if (error != std::errc() || parsed_to != end) {
      return fail(ErrorCode::invalid, "-n is a number of lines or all, not '" + lines_ + "'");
    }
    tail_.query.lines = lines;
    return {};
  }

  TailOptions tail_;
  LookOptions look_;
  std::string lines_ = "15";
  bool out_ = false;
  bool err_ = false;
  bool no_follow_ = false;
};

}  // namespace

std::unique_ptr<Command> make_tail_command() { return std::make_unique<TailCommand>(); }

}  // namespace logd
