// SPDX-License-Identifier: Apache-2.0
#include "ctl/query_options.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <map>
#include <string_view>

#include "base/posix_file_system.h"
#include "base/system_clock.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/line_pattern.h"
#include "ctl/since.h"
#include "ctl/zone.h"

namespace logd {
namespace {

const std::map<std::string_view, Format> kFormats = {{"short", Format::short_form},
                                                     {"iso", Format::iso},
                                                     {"json", Format::json},
                                                     {"raw", Format::raw},
                                                     {"cri", Format::cri}};
const std::map<std::string_view, ShowName> kShowNames = {
    {"auto", ShowName::when_several}, {"always", ShowName::always}, {"never", ShowName::never}};

// A person's own choice beats the terminal's abilities; NO_COLOR: https://no-color.org.
bool is_coloured(const std::string& when, bool is_terminal) {
  if (when != "auto") return when == "always";
  const char* const no_color = std::getenv("NO_COLOR");
  const char* const term = std::getenv("TERM");
  const bool is_unwanted = no_color != nullptr && *no_color != '\0';
  const bool is_dumb = term == nullptr || std::string_view(term) == "dumb";
  return is_terminal && !is_unwanted && !is_dumb;
}

// Two descriptors a log: a thousand logs are more than many shells allow at first.
void allow_many_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

template <typename Number>
Result<Number> parse_number(const std::string& text, const char* what) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [parsed_to, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || parsed_to != end || text.empty()) {
    return fail(ErrorCode::invalid, std::string(what) + ", not '" + text + "'");
  }
  return number;
}

Result<std::optional<WallTime>> parse_time_option(const std::string& text, const char* option) {
  if (text.empty()) return std::optional<WallTime>();
  const auto time = parse_since(text, SystemClock().wall_now());
  if (time) return std::optional<WallTime>(*time);
  return fail(ErrorCode::invalid, std::string(option) +
                                      " is a time such as 2026-11-21T22:17:00Z, " +
                                      "2h or @1795299420, not '" + text + "'");
}

}  // namespace

void QueryOptions::declare_selection(Options& options) {
  options.arguments("NAME", tail_.query.names, "Processes, NAME@N for one instance, or globs");
  options.text("-S,--since", since_, "TIME", "From this time on");
  options.text("-U,--until", until_, "TIME", "Before this time");
  options.text("--run", run_, "N", "Of one run: its number, 0 for the last, -1 the one before …");
  options.flag("--previous", previous_, "The same as --run -1");
  options.flag("--out", out_, "Lines of stdout; with --err, both");
  options.flag("--err", err_, "Lines of stderr; with --out, both");
  options.flag("--events", tail_.query.selection.events, "Events of logd too");
  options.flag("-i,--ignore-case", ignore_case_, "The expression matches both cases");
  options.flag("-v,--invert-match", invert_, "Lines that the expression does not match");
  options.flag("--fixed", fixed_, "The expression is a text");
}

void QueryOptions::declare_range(Options& options) {
  options.text("-n,--lines,--tail", lines_, "N|all", "The last so many lines (" + lines_ + ")");
  options.text("--head", head_, "N", "Ends after so many lines");
  options.flag("-r,--reverse", reverse_, "The newest first");
  options.text("-A,--after-context", after_, "N", "With so many lines after each match");
  options.text("-B,--before-context", before_, "N", "With so many lines before each match");
  options.text("-C,--context", context_, "N", "With so many lines before and after");
  options.flag("-c,--count", tail_.count_only, "Only how many lines match");
}

void QueryOptions::declare_look(Options& options, const std::string& format) {
  options.text(format, format_, "FORMAT", "short, iso, json, raw or cri (" + format_ + ")");
  options.flag("--json", json_, "The format json");
  options.flag("--raw", raw_, "The format raw");
  options.text("--prefix", prefix_, "WHEN", "Names before lines: auto, always or never");
  options.text("--color", color_, "WHEN", "Colours: auto, always or never");
  options.flag("--utc", utc_, "Times in UTC");
  options.text("--tz", zone_, "ZONE", "Times of a zone, such as Europe/Paris");
}

void QueryOptions::declare_follow(Options& options) {
  options.flag("-f,--follow", tail_.query.follow, "Go on with what comes");
  options.flag("--nostream,--no-follow", no_follow_, "Accepted: without -f it ends anyway");
}

int QueryOptions::run(const Config& config, int to) {
  if (const auto checked = settle(config, to); !checked) {
    complain(command_ + ": " + checked.error().message());
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
  Output output(to);
  Tail tail(fs, config.log_dir, tail_, output, report);
  if (const auto opened = tail.open(); !opened) return complain(opened.error());
  if (const auto printed = tail.print(); !printed) {
    if (printed.error().sys_errno == EPIPE) std::raise(SIGPIPE);
    complain(printed.error());
    return kExitFailed;
  }
  has_run_ = true;
  if (is_damaged) return kExitDamage;
  if (is_unreadable) return kExitPermission;
  if (tail.history().matches() > 0) return kExitDone;
  if (tail.history().is_cut_off()) {
    complain("nothing matched, and no records are kept from so long ago");
    return kExitNotKept;
  }
  return pattern_.empty() ? kExitDone : kExitFailed;
}

// Turns what was typed into what is meant. Errors: invalid.
Result<void> QueryOptions::settle(const Config& config, int to) {
  if (out_ || err_) {
    tail_.query.selection.out = out_;
    tail_.query.selection.err = err_;
  }
  if (no_follow_) tail_.query.follow = false;
  LOGD_TRY(settle_counts());
  LOGD_TRY(settle_times());
  LOGD_TRY(settle_filter());
  return settle_look(config, to);
}

Result<void> QueryOptions::settle_counts() {
  HistoryQuery& query = tail_.query;
  if (lines_ != "all") {
    LOGD_TRY_ASSIGN(query.last,
                    parse_number<std::uint64_t>(lines_, "-n is a number of lines or all"));
  }
  if (!head_.empty()) {
    LOGD_TRY_ASSIGN(query.first, parse_number<std::uint64_t>(head_, "--head is a number of lines"));
  }
  if (!context_.empty()) {
    LOGD_TRY_ASSIGN(query.before, parse_number<std::uint64_t>(context_, "-C is a number of lines"));
    query.after = query.before;
  }
  if (!after_.empty()) {
    LOGD_TRY_ASSIGN(query.after, parse_number<std::uint64_t>(after_, "-A is a number of lines"));
  }
  if (!before_.empty()) {
    LOGD_TRY_ASSIGN(query.before, parse_number<std::uint64_t>(before_, "-B is a number of lines"));
  }
  if (reverse_) query.order = Order::newest_first;
  if (reverse_ && query.follow) return fail(ErrorCode::invalid, "-r and -f do not go together");
  if (tail_.count_only && query.follow) {
    return fail(ErrorCode::invalid, "-c and -f do not go together");
  }
  return {};
}

Result<void> QueryOptions::settle_times() {
  HistoryQuery& query = tail_.query;
  LOGD_TRY_ASSIGN(query.since, parse_time_option(since_, "--since"));
  LOGD_TRY_ASSIGN(query.until, parse_time_option(until_, "--until"));
  if (query.until && query.follow) {
    return fail(ErrorCode::invalid, "--until and -f do not go together");
  }
  if (query.since && query.until && *query.until < *query.since) {
    return fail(ErrorCode::invalid, "--until lies before --since");
  }
  if (previous_) run_ = "-1";
  if (!run_.empty()) {
    LOGD_TRY_ASSIGN(query.run, parse_number<std::int64_t>(run_, "--run is a number"));
  }
  return {};
}

Result<void> QueryOptions::settle_filter() {
  if (pattern_.empty()) {
    if (invert_ || ignore_case_ || fixed_) {
      return fail(ErrorCode::invalid, "-v, -i and --fixed are about an expression, such as of -g");
    }
    return {};
  }
  LinePatternOptions options;
  options.ignore_case = ignore_case_;
  options.invert = invert_;
  options.fixed = fixed_;
  LOGD_TRY_ASSIGN(tail_.query.filter, make_line_filter(pattern_, options));
  return {};
}

Result<void> QueryOptions::settle_look(const Config& config, int to) {
  if (json_) format_ = "json";
  if (raw_) format_ = "raw";
  const auto format = kFormats.find(format_);
  if (format == kFormats.end()) {
    return fail(ErrorCode::invalid,
                "the format is short, iso, json, raw or cri, not '" + format_ + "'");
  }
  const auto show_name = kShowNames.find(prefix_);
  if (show_name == kShowNames.end()) {
    return fail(ErrorCode::invalid, "--prefix is auto, always or never");
  }
  if (color_ != "auto" && color_ != "always" && color_ != "never") {
    return fail(ErrorCode::invalid, "--color is auto, always or never");
  }
  if (zone_.empty()) zone_ = utc_ ? "UTC" : config.timezone;
  LOGD_TRY_ASSIGN(tail_.render.zone, choose_zone(zone_));
  tail_.render.format = format->second;
  tail_.query.join = tail_.render.format != Format::cri;
  tail_.show_name = show_name->second;
  tail_.render.is_terminal = ::isatty(to) != 0;
  tail_.render.is_coloured = is_coloured(color_, tail_.render.is_terminal);
  return {};
}

}  // namespace logd
