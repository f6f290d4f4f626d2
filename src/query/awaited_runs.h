// Waits for the runs of several logs that go on when reading begins: --until-exit.
//
// That a run has ended is an event in its log, whoever wrote it and when: until then it is awaited,
// also while no daemon is there to write it. Of each log it is the newest run; runs that begin
// later are not awaited. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logd/names.h"
#include "query/backward_log.h"

namespace logd {

class AwaitedRuns {
 public:
  // `tells_ends`: whether ends are among the messages.
  explicit AwaitedRuns(bool tells_ends) : tells_ends_(tells_ends) {}

  // Awaits the newest run in `records`, all of the log with that index, unless it has ended. False
  // if that is a guess, since neither its start nor its end is kept.
  bool add(std::size_t log, const LogName& name, BackwardLog& records, bool is_cut_off);

  // Takes an event of that log, behind those that add() has seen or among them; true if it is the
  // end of the last run that was awaited.
  bool take_event(std::size_t log, const LogName& name, std::string_view text);

  bool are_over() const { return awaited_.empty(); }

  // What there is to say since the last call, for people: how runs ended, or why none is awaited.
  std::vector<std::string> take_messages();

 private:
  bool tells_ends_;
  std::map<std::size_t, std::optional<std::uint64_t>> awaited_;  // nothing: its start is not kept
  std::vector<std::string> messages_;
  std::vector<std::string> at_rest_;  // logs of which no run is awaited, and why
  bool has_awaited_ = false;          // any, or said that there is none
};

}  // namespace logd
