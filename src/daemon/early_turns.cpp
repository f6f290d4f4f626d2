// SPDX-License-Identifier: Apache-2.0
#include "daemon/early_turns.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <tuple>

#include "base/unique_fd.h"

namespace logd {
namespace {

constexpr int kNice = -20;
constexpr std::uint64_t kSliceNs = 100'000;  // the least that the kernel takes
constexpr std::uint64_t kResetOnFork = 1;    // SCHED_FLAG_RESET_ON_FORK

// As linux/sched/types.h has it, which glibc 2.36's headers clash with; glibc has no wrapper
// either.
struct SchedAttributes {
  std::uint32_t size = sizeof(SchedAttributes);
  std::uint32_t policy = SCHED_OTHER;
  std::uint64_t flags = kResetOnFork;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime_ns = kSliceNs;  // with SCHED_OTHER the slice
  std::uint64_t deadline_ns = 0;
  std::uint64_t period_ns = 0;
};

bool set_attributes(int nice_value) {
  SchedAttributes attributes;
  attributes.nice = nice_value;
  return syscall(SYS_sched_setattr, 0, &attributes, 0U) == 0;
}

// Where the kernel shares the processor out by session (sched_autogroup_enabled, sched(7)), nice
// counts only within a session; what counts between them is the session's own.
void raise_own_session() {
  if (getsid(0) != getpid()) return;
  const UniqueFd file(open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC));
  if (file) std::ignore = write(file.get(), "-20", 3);
}

}  // namespace

void ask_for_early_turns() {
  if (!set_attributes(kNice)) set_attributes(getpriority(PRIO_PROCESS, 0));
  raise_own_session();
}

}  // namespace logd
