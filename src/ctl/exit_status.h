// Names the exit codes of logctl, which scripts rely on. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "logd/result.h"

namespace logd {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitNotKept = 3;  // nothing matched, and older records are not kept
inline constexpr int kExitNoProcess = 4;
inline constexpr int kExitNoDaemon = 5;
inline constexpr int kExitPermission = 6;
inline constexpr int kExitDamage = 7;
inline constexpr int kExitTimeout = 124;  // as timeout(1)

inline int exit_status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return kExitUsage;
    case ErrorCode::not_found:
      return kExitNoProcess;
    case ErrorCode::permission:
      return kExitPermission;
    case ErrorCode::unreachable:
    case ErrorCode::timed_out:
      return kExitNoDaemon;
    case ErrorCode::corrupt:
      return kExitDamage;
    default:
      return kExitFailed;
  }
}

}  // namespace logd
