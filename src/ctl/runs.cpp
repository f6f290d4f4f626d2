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
#include "ctl/run_choice.h"
#include "ctl/run_report.h"
#include "ctl/zone.h"
#include "query/output.h"
#include "query/render.h"
#include "query/reverse_lines.h"
#include "store/segment_list.h"

namespace logd {
namespace {

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
    choice_.declare(options);
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
    return choice_.settle(now_, time_zone_of(zone_));
  }

  Result<void> add_runs(const LogName& log, Directory& directory) {
    LOGD_TRY_ASSIGN(const std::vector<ListedSegment> listing, list_segments(directory));
    BackwardLog records(directory, listing, kReadBlockBytes);
    records.tell(DamageReport(log, report_));
    RunWalk walk(std::move(records));
    std::vector<ShownRun> chosen;
    Run run;
    for (std::int64_t behind = 0; chosen.size() < choice_.most() && walk.previous(run); ++behind) {
      if (!choice_.is_wanted(run, behind)) continue;
      chosen.push_back({log, run, {}});
      if (run.has_failed()) add_lines(chosen.back(), directory, listing);
    }
    const bool is_older_deleted = !listing.empty() && listing.front().name.number > 1;
    if (chosen.empty() && is_older_deleted)
      is_cut_off_ |= choice_.may_be_older(run, directory, listing);
    std::move(chosen.rbegin(), chosen.rend(), std::back_inserter(runs_));
    return {};
  }

  // A run whose start is not known stands before what came behind it.
  static WallTime sort_time(const Run& run) {
    return run.started.value_or(run.gone_by.value_or(WallTime()));
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
    return choice_.is_choosing() ? kExitFailed : kExitDone;
  }

  std::vector<std::string> names_;
  std::string lines_ = "3";
  std::string zone_name_;
  bool utc_ = false;
  RunChoice choice_;
  OutputFormat format_;

  std::size_t line_count_ = 0;
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
