// Says what a shim and the copier of its run tell each other over the socket between them.
//
//   copier   a byte          it stands at the log's end: CMD may start (read by logctl)
//   shim     StartedRun      CMD runs
//   shim     shuts down      nothing more of this run will be stored that it waits for
//   copier   a byte          it has got on since (any number of them)
//   copier   closes          all is printed, or nobody takes it any more
//
// Both are of one build: `logctl run` starts the one and becomes the other. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace logd::copy_link {

inline constexpr char kReady = 'r';
inline constexpr char kGotOn = '.';

struct StartedRun {
  std::int32_t pid = 0;  // of CMD, as in the start event
};

}  // namespace logd::copy_link
