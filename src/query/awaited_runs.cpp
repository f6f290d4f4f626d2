// SPDX-License-Identifier: Apache-2.0
#include "query/awaited_runs.h"

#include <utility>

#include "query/escape.h"
#include "query/run_seek.h"
#include "store/event.h"

namespace logd {
namespace {

std::string said_of(const LogName& name, std::string_view text) {
  std::string message = name.directory() + ": ";
  append_visible(message, text, Colours::strip);
  return message;
}

}  // namespace

// Where neither a start nor an end is kept, because older segments were deleted, the run has gone
// on since then.
bool AwaitedRuns::add(std::size_t log, const LogName& name, BackwardLog& records, bool is_cut_off) {
  const NewestRun newest = find_newest_run(records);
  if (!newest.end.empty()) {
    at_rest_.push_back(said_of(name, newest.end));
  } else if (newest.number || is_cut_off) {
    awaited_[log] = newest.number;
    has_awaited_ = true;
  } else {
    at_rest_.push_back(said_of(name, "no run was ever started"));
  }
  return !newest.end.empty() || newest.number || !is_cut_off;
}

bool AwaitedRuns::take_event(std::size_t log, const LogName& name, std::string_view text) {
  const auto ended = parse_exited_event(text);
  const auto awaited = awaited_.find(log);
  if (!ended || awaited == awaited_.end()) return false;
  if (awaited->second && *awaited->second != ended->run) return false;
  awaited_.erase(awaited);
  if (tells_ends_) messages_.push_back(said_of(name, text));
  return awaited_.empty();
}

std::vector<std::string> AwaitedRuns::take_messages() {
  if (awaited_.empty() && !has_awaited_) {
    messages_.push_back(at_rest_.size() == 1 ? "not running: " + at_rest_.front()
                                             : "none of the processes is running");
  }
  has_awaited_ = true;
  return std::exchange(messages_, {});
}

}  // namespace logd
