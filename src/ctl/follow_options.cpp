// SPDX-License-Identifier: Apache-2.0
#include "ctl/follow_options.h"

#include <chrono>

#include "base/duration_text.h"
#include "ctl/stop_signals.h"

namespace logd {

void FollowOptions::declare(Options& options) {
  options.flag("-f,--follow", follow_, "Go on with what comes");
  options.flag("--nostream,--no-follow", no_follow_, "Accepted: without -f it ends anyway");
  options.flag("--until-exit", until_exit_, "With -f: until the runs have ended that go on now");
  options.text("--timeout", timeout_, "TIME",
               "With -f: so long at most, such as 30s; then exit 124");
}

Result<void> FollowOptions::settle(HistoryQuery& query) const {
  query.follow = follow_ && !no_follow_;
  if (until_exit_ && !query.follow) {
    return fail(ErrorCode::invalid, "--until-exit is about -f; there is no -f");
  }
  query.until_exit = until_exit_;
  if (timeout_.empty()) return {};
  if (!query.follow) return fail(ErrorCode::invalid, "--timeout is about -f; there is no -f");
  const auto time = parse_duration(timeout_);
  if (!time) return fail(ErrorCode::invalid, "--timeout: " + time.error().message());
  if (*time <= std::chrono::milliseconds(0)) {
    return fail(ErrorCode::invalid, "--timeout is more than nothing, such as 30s");
  }
  StopSignals::ring_after(*time);
  query.is_stopped = StopSignals::is_stopped;
  return {};
}

}  // namespace logd
