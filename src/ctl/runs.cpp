// Shows the runs of processes, and what those that failed said last: `logctl runs`.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/system_clock.h"
#include "ctl/chosen_logs.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/output_format.h"
#include "ctl/parse_number.h"
#include "ctl/query_outcome.h"
#include "ctl/run_report.h"
#include "ctl/zone.h"
#include "query/output.h"
#include "query/render.h"
#include "query/reverse_lines.h"
#include "query/time_expression.h"
#include "query/time_seek.h"
#include "store/segment_list.h"

namespace logd {
namespace {

// Of a process that restarts all day, more would hide what is new.
constexpr std::size_t kLastRuns = 10;
constexpr std::size_t kAll = ~std::size_t{0};

// Of a line of 256 KiB, in a table.
constexpr std::size_t kShownBytes = 1000;

// A few lines are near the end of a run, and a line that is in pieces for longer is rare.
constexpr std::size_t kBlockBytes = 8 * 1024;
constexpr std::uint64_t kLookBackBytes = 1_MiB;

class RunsCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.arguments("NAME", names_, "Processes, NAME@N for one instance, or globs");
    options.text("-n,--lines", lines_, "N", "The last so many lines of each that failed (3)");
    options.text("--last", last_, "N|all", "The last so many runs of each log (10)");
    options.text("-S,--since", since_, "TIME", "Runs that were there from this time on");
    options.text("-U,--until", until_, "TIME", "Runs that were there before this time");
    options.text("--run", run_, "N", "One run: its number, 0 for the last, -1 the one before …");
    options.flag("--previous", previous_, "The same as --run -1");
    options.flag("--failed", only_failed_, "Only those that failed");
    format_.declare(options);
    options.flag("--utc", utc_, "Times in UTC");
    options.text("--tz", zone_name_, "ZONE", "Times of a zone, such as Europe/Paris");
  }

  int run(const Config& config) override {
    if (const auto settled = settle(config); !settled) {
      complain("runs: " + settled.error().message());
      return kExitUsage;
    }
    prepare_to_read();
    const auto visited = for_each_log(
        config, names_,
        [this](const LogName& log, Directory& directory) { return add_runs(log, directory); });
    if (!visited) return complain(visited.error());
    std::stable_sort(runs_.begin(), runs_.end(), [](const ShownRun& a, const ShownRun& b) {
      return sort_time(a.run) < sort_time(b.run);
    });
    const std::string text = format_.is_json() ? run_json(runs_) : run_table(runs_, zone_, now_);
    Output output(STDOUT_FILENO);
    output.buffer() = text;
    if (const auto printed = output.flush(); !printed) return cannot_print(printed.error());
    if (is_damaged_) return kExitDamage;
    if (is_unreadable_) return kExitPermission;
    return runs_.empty() ? status_of_nothing() : kExitDone;
  }

 private:
  // Errors: invalid.
  Result<void> settle(const Config& config) {
    LOGD_TRY(format_.check());
    LOGD_TRY_ASSIGN(line_count_, parse_number<std::size_t>(lines_, "-n is a number of lines"));
    LOGD_TRY_ASSIGN(zone_, choose_zone(!zone_name_.empty() ? zone_name_
                                       : utc_              ? "UTC"
                                                           : config.timezone));
    now_ = SystemClock().wall_now();
    LOGD_TRY_ASSIGN(range_, parse_time_range(since_, until_, now_, time_zone_of(zone_)));
    if (previous_ && !run_.empty()) {
      return fail(ErrorCode::invalid, "--run and --previous do not go together");
    }
    if (previous_) run_ = "-1";
    if (!run_.empty()) {
      LOGD_TRY_ASSIGN(number_, parse_number<std::int64_t>(run_, "--run is a number"));
    }
    return settle_last();
  }

  Result<void> settle_last() {
    if (last_ == "all") return {};
    if (!last_.empty()) {
      LOGD_TRY_ASSIGN(most_, parse_number<std::size_t>(last_, "--last is a number of runs or all"));
    } else if (number_) {
      most_ = 1;
    } else if (!range_.since && !range_.until) {
      most_ = kLastRuns;
    }
    return {};
  }

  Result<void> add_runs(const LogName& log, Directory& directory) {
    LOGD_TRY_ASSIGN(const std::vector<ListedSegment> listing, list_segments(directory));
    BackwardLog records(directory, listing, kReadBlockBytes);
    records.tell(DamageReport(log, report_));
    RunWalk walk(std::move(records));
    std::vector<ShownRun> chosen;
    Run run;
    for (std::int64_t behind = 0; chosen.size() < most_ && walk.previous(run); ++behind) {
      if (!is_wanted(run, behind)) continue;
      chosen.push_back({log, run, {}});
      if (run.has_failed()) add_lines(chosen.back(), directory, listing);
    }
    const bool is_older_deleted = !listing.empty() && listing.front().name.number > 1;
    if (chosen.empty() && is_older_deleted) is_cut_off_ |= may_be_older(run, directory, listing);
    std::move(chosen.rbegin(), chosen.rend(), std::back_inserter(runs_));
    return {};
  }

  // A run whose start is not known stands before what came behind it.
  static WallTime sort_time(const Run& run) {
    return run.started.value_or(run.gone_by.value_or(WallTime()));
  }

  // `behind`: so many runs of that log are newer.
  bool is_wanted(const Run& run, std::int64_t behind) const {
    if (only_failed_ && !run.has_failed()) return false;
    if (number_ && (*number_ > 0 ? run.number != number_of(*number_) : behind + *number_ != 0)) {
      return false;
    }
    if (range_.since) {
      const auto* const time = std::get_if<WallTime>(&*range_.since);
      if (time != nullptr && run.gone_by && *run.gone_by < *time) return false;
      if (time == nullptr && is_before(run, behind, *range_.since)) return false;
    }
    if (!range_.until) return true;
    const auto* const time = std::get_if<WallTime>(&*range_.until);
    if (time == nullptr) return is_before(run, behind, *range_.until);
    return !run.started || *run.started < *time;
  }

  static std::uint64_t number_of(std::int64_t run) { return static_cast<std::uint64_t>(run); }

  static bool is_before(const Run& run, std::int64_t behind, const TimeExpression& start) {
    const std::int64_t first = std::get<RunStart>(start).run;
    return first > 0 ? run.number < number_of(first) : behind + first > 0;
  }

  // Whether a run that was asked for may lie before `oldest`, the first one that is kept.
  bool may_be_older(const Run& oldest, Directory& directory,
                    const std::vector<ListedSegment>& listing) const {
    if (number_) return *number_ <= 0 || !oldest.number || number_of(*number_) < *oldest.number;
    if (!range_.since) return false;
    const auto* const since = std::get_if<WallTime>(&*range_.since);
    const auto kept_since = oldest_time(directory, listing);
    return since != nullptr && (!kept_since || *since < *kept_since);
  }

  // The first bytes, and how many there are in all.
  static std::string begin_of(std::string_view content) {
    std::size_t size = kShownBytes;
    const auto is_inside = [&] { return (content[size] & 0xc0) == 0x80; };  // a UTF-8 character
    while (size > kShownBytes - 4 && is_inside()) --size;
    return fmt::format("{} ... ({} bytes)", content.substr(0, size), content.size());
  }

  void add_lines(ShownRun& shown, Directory& directory,
                 const std::vector<ListedSegment>& listing) const {
    BackwardLog records(directory, listing, kBlockBytes, shown.run.behind);
    records.tell(DamageReport(shown.log, report_));
    std::uint64_t held_bytes = 0;
    ReverseLines lines(shown.log, std::move(records), {}, kLookBackBytes, held_bytes);
    lines.stop_at(start_at(shown.run.begin));
    RenderOptions look;
    look.format = format_.is_json() ? Format::json : Format::short_form;
    look.zone = zone_;
    Renderer renderer(look);
    Line line;
    while (shown.last_lines.size() < line_count_ && lines.next(line)) {
      line.run = shown.run.number;
      std::string begin;
      if (!format_.is_json() && line.content.size() > kShownBytes) {
        begin = begin_of(line.content);
        line.content = begin;
      }
      renderer.append(shown.last_lines.emplace_back(), line, shown.log);
    }
    std::reverse(shown.last_lines.begin(), shown.last_lines.end());
  }

  int status_of_nothing() const {
    if (is_cut_off_) {
      complain("nothing matched, and no records are kept from so long ago");
      return kExitNotKept;
    }
    const bool is_choosing = only_failed_ || number_ || range_.since || range_.until;
    return is_choosing ? kExitFailed : kExitDone;
  }

  std::vector<std::string> names_;
  std::string lines_ = "3";
  std::string last_;
  std::string since_;
  std::string until_;
  std::string run_;
  std::string zone_name_;
  bool previous_ = false;
  bool only_failed_ = false;
  bool utc_ = false;
  OutputFormat format_;

  std::size_t line_count_ = 0;
  std::size_t most_ = kAll;
  std::optional<std::int64_t> number_;
  TimeRange range_;
  Zone zone_ = Zone::local;
  WallTime now_;
  std::vector<ShownRun> runs_;
  bool is_cut_off_ = false;
  bool is_damaged_ = false;
  bool is_unreadable_ = false;
  std::set<std::string> told_;  // a segment is read for more than one run
  Report report_ = [this](Trouble trouble, const std::string& message) {
    is_damaged_ |= trouble == Trouble::damage;
    is_unreadable_ |= trouble == Trouble::unreadable;
    if (told_.insert(message).second) complain(message);
  };
};

}  // namespace

std::unique_ptr<Command> make_runs_command() { return std::make_unique<RunsCommand>(); }

}  // namespace logd
