// Counts what logs hold: `logctl stats`. Needs no daemon.
// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/closest.h"
#include "base/posix_file_system.h"
#include "ctl/chosen_logs.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/output_format.h"
#include "ctl/query_options.h"
#include "ctl/query_outcome.h"
#include "ctl/screen.h"
#include "ctl/stats_output.h"
#include "ctl/stats_rows.h"
#include "ctl/zone.h"
#include "query/line_counter.h"
#include "query/output.h"
#include "query/record_counter.h"

namespace logd {
namespace {

constexpr StatsBy kAllBy[] = {StatsBy::process, StatsBy::stream, StatsBy::level,
                              StatsBy::minute,  StatsBy::hour,   StatsBy::day};

constexpr int kMaxTop = 1000;
// Patterns that are counted at a time, so that the counts of the most frequent ones are exact.
constexpr std::size_t kCountedPatterns = 20'000;

// Bars of a histogram: what fits below a table.
constexpr std::size_t kMostBars = 24;

// What members are inflated into comes and goes. Whenever the system got it back, that would take
// as long as the inflating.
void keep_freed_memory() {
  constexpr int kTrimBytes = 64 * 1024 * 1024;
  constexpr int kMapBytes = 8 * 1024 * 1024;
  ::mallopt(M_TRIM_THRESHOLD, kTrimBytes);
  ::mallopt(M_MMAP_THRESHOLD, kMapBytes);
}

// Errors: invalid, with the one that was probably meant.
Result<StatsBy> parse_by(const std::string& text) {
  std::vector<std::string> names;
  for (const StatsBy by : kAllBy) {
    names.push_back(name_of(by));
    if (names.back() == text) return by;
  }
  std::string message = "--by is process, stream, level, minute, hour or day, not '" + text + "'";
  if (const auto meant = closest(text, names)) message += "; did you mean " + *meant + "?";
  return fail(ErrorCode::invalid, std::move(message));
}

std::chrono::seconds length_of(StatsBy by) {
  if (by == StatsBy::minute) return std::chrono::minutes(1);
  return by == StatsBy::hour ? std::chrono::seconds(std::chrono::hours(1)) : std::chrono::days(1);
}

class StatsCommand final : public Command {
 public:
  void declare(Options& options) override {
    query_options_.declare_selection(options);
    query_options_.declare_grep(options);
    options.text("--by", by_, "process|stream|level|minute|hour|day", "What a row is of (process)");
    options.number("--top", top_, "N", "The N most frequent patterns of lines too");
    options.flag("--exact", is_exact_, "Lines, which are read, and not records");
    format_.declare(options);
    query_options_.declare_zone(options);
  }

  int run(const Config& config) override {
    if (const auto checked = settle(config); !checked) {
      complain("stats: " + checked.error().message());
      return kExitUsage;
    }
    if (const auto chosen = choose_logs(config); !chosen) return complain(chosen.error());
    const auto counted =
        stats_.unit == LogStats::Unit::lines ? count_lines_of(config) : count_records_of(config);
    if (!counted) return complain(counted.error());
    if (const auto printed = print(); !printed) return cannot_print(printed.error());
    const std::uint64_t matches = stats_.count(stats_.total());
    return outcome_.status({matches, is_cut_off_, query_options_.has_filter()});
  }

 private:
  // Turns what was typed into what is meant. Errors: invalid.
  Result<void> settle(const Config& config) {
    LOGD_TRY(format_.check());
    LOGD_TRY_ASSIGN(look_.by, parse_by(by_));
    if (top_ < 0 || top_ > kMaxTop) {
      return fail(ErrorCode::invalid, "--top is 0 to " + std::to_string(kMaxTop));
    }
    LOGD_TRY_ASSIGN(query_, query_options_.choose(config, STDOUT_FILENO));
    look_.top = static_cast<std::size_t>(top_);
    look_.width = screen_columns(STDOUT_FILENO);
    look_.bars = can_show_blocks() ? BarStyle::blocks : BarStyle::ascii;
    stats_.selection = query_.selection;
    if (look_.top > 0) stats_.patterns.emplace(kCountedPatterns);
    const bool is_read =
        is_exact_ || look_.top > 0 || look_.by == StatsBy::level || query_options_.has_filter();
    stats_.unit = is_read ? LogStats::Unit::lines : LogStats::Unit::records;
    return {};
  }

  RangeQuery range_query(const Report* report = nullptr) const {
    return {query_.since, query_.until, query_.run, report};
  }

  // Fills in the logs, and decides how time is cut, which takes knowing when they begin and end.
  // What cannot be read is met again when it is counted, unless that is all. Errors: not_found,
  // permission, io.
  Result<void> choose_logs(const Config& config) {
    const bool has_histogram = !format_.is_json() && !is_by_time(look_.by);
    Counts times;
    const auto look_at = [&](const LogName& name, Directory& log) -> Result<void> {
      stats_.logs.push_back({name, {}});
      if (!has_histogram) return {};
      if (const auto span = times_of(log, find_range(name, log, range_query()))) {
        times.add_time(span->first);
        times.add_time(span->last);
      }
      return {};
    };
    std::optional<Error> failure;
    LOGD_TRY(for_each_log(config, query_.names, look_at,
                          [&failure](const LogName&, const Error& error) { failure = error; }));
    if (stats_.logs.empty() && failure) return fail(std::move(*failure));
    std::optional<std::chrono::seconds> length;
    if (is_by_time(look_.by)) length = length_of(look_.by);
    if (times.first) length = round_length(*times.first, *times.last, kMostBars);
    if (length) {
      stats_.by_time = CountsByTime(TimeBuckets(*length, time_zone_of(query_options_.zone())));
    }
    return {};
  }

  Result<void> count_records_of(const Config& config) {
    keep_freed_memory();
    InflatePool pool;
    std::vector<LogSpan::Reach> reaches;
    const auto count = [&](const LogName& name, Directory& log) -> Result<void> {
      RecordRange range = find_range(name, log, range_query(&outcome_.report()));
      reaches.push_back(range.reach);
      RecordCounter counter(std::move(range), range_query(), stats_.by_time);
      counts_of(name) = counter.count(log, DamageReport(name, outcome_.report()), pool);
      return {};
    };
    LOGD_TRY(for_each_log(config, query_.names, count));
    is_cut_off_ = logd::is_cut_off(reaches);
    return {};
  }

  Result<void> count_lines_of(const Config& config) {
    PosixFileSystem fs;
    History history(fs, config.log_dir, query_, outcome_.report());
    LOGD_TRY(history.open());
    const bool with_levels = look_.by == StatsBy::level;
    count_lines(history, with_levels ? CountLevels::yes : CountLevels::no, stats_);
    is_cut_off_ = history.is_cut_off();
    return {};
  }

  // A process may have come since the logs were chosen.
  Counts& counts_of(const LogName& name) {
    const auto found = std::find_if(stats_.logs.begin(), stats_.logs.end(),
                                    [&](const LogStats::Log& log) { return log.name == name; });
    if (found != stats_.logs.end()) return found->counts;
    return stats_.logs.emplace_back(LogStats::Log{name, {}}).counts;
  }

  Result<void> print() {
    TimeFormat times(query_options_.zone());
    Output output(STDOUT_FILENO);
    output.buffer() =
        format_.is_json() ? stats_json(stats_, look_, times) : stats_text(stats_, look_, times);
    return output.flush();
  }

  QueryOptions query_options_{"stats"};
  OutputFormat format_;
  std::string by_ = "process";
  int top_ = 0;
  bool is_exact_ = false;

  HistoryQuery query_;
  StatsLook look_;
  LogStats stats_;
  QueryOutcome outcome_;
  bool is_cut_off_ = false;
};

}  // namespace

std::unique_ptr<Command> make_stats_command() { return std::make_unique<StatsCommand>(); }

}  // namespace logd
