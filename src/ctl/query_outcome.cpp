// SPDX-License-Identifier: Apache-2.0
#include "ctl/query_outcome.h"

#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "ctl/command.h"
#include "ctl/exit_status.h"

namespace logd {

void prepare_to_read() {
  // Whatever we inherited: a reader that goes away ends us without a word, as it ends others.
  std::signal(SIGPIPE, SIG_DFL);
  // Two descriptors a log: a thousand logs are more than many shells allow at first.
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

int cannot_print(const Error& error) {
  if (error.sys_errno == EPIPE) {
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
  }
  complain(error);
  return kExitFailed;
}

QueryOutcome::QueryOutcome()
    : report_([this](Trouble trouble, const std::string& message) {
        is_damaged_ |= trouble == Trouble::damage;
        is_unreadable_ |= trouble == Trouble::unreadable;
        complain(message);
      }) {}

int QueryOutcome::status(const Found& found) const {
  if (is_damaged_) return kExitDamage;
  if (is_unreadable_) return kExitPermission;
  if (found.matches > 0) return kExitDone;
  if (found.is_cut_off) {
    complain("nothing matched, and no records are kept from so long ago");
    return kExitNotKept;
  }
  return found.has_filter ? kExitFailed : kExitDone;
}

}  // namespace logd
