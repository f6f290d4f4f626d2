// SPDX-License-Identifier: Apache-2.0
#include "ctl/run_choice.h"

#include <variant>

#include "ctl/parse_number.h"
#include "query/time_seek.h"

namespace logd {
namespace {

// Of a process that restarts all day, more would hide what is new.
constexpr std::size_t kLastRuns = 10;

std::uint64_t number_of(std::int64_t run) { return static_cast<std::uint64_t>(run); }

bool is_before(const Run& run, std::int64_t behind, const TimeExpression& start) {
  const std::int64_t first = std::get<RunStart>(start).run;
  return first > 0 ? run.number < number_of(first) : behind + first > 0;
}

}  // namespace

void RunChoice::declare(Options& options) {
  options.text("--last", last_, "N|all", "The last so many runs of each log (10)");
  options.text("-S,--since", since_, "TIME", "Runs that were there from this time on");
  options.text("-U,--until", until_, "TIME", "Runs that were there before this time");
  options.text("--run", run_, "N", "One run: its number, 0 for the last, -1 the one before …");
  options.flag("--previous", previous_, "The same as --run -1");
  options.flag("--failed", only_failed_, "Only those that failed");
}

Result<void> RunChoice::settle(WallTime now, const TimeZone& zone) {
  LOGD_TRY_ASSIGN(range_, parse_time_range(since_, until_, now, zone));
  if (previous_ && !run_.empty()) {
    return fail(ErrorCode::invalid, "--run and --previous do not go together");
  }
  if (previous_) run_ = "-1";
  if (!run_.empty()) {
    LOGD_TRY_ASSIGN(number_, parse_number<std::int64_t>(run_, "--run is a number"));
  }
  return settle_most();
}

Result<void> RunChoice::settle_most() {
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

bool RunChoice::is_wanted(const Run& run, std::int64_t behind) const {
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

bool RunChoice::may_be_older(const Run& oldest, Directory& directory,
                             const std::vector<ListedSegment>& listing) const {
  if (number_) return *number_ <= 0 || !oldest.number || number_of(*number_) < *oldest.number;
  if (!range_.since) return false;
  const auto* const since = std::get_if<WallTime>(&*range_.since);
  const auto kept_since = oldest_time(directory, listing);
  return since != nullptr && (!kept_since || *since < *kept_since);
}

}  // namespace logd
