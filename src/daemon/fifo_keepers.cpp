// SPDX-License-Identifier: Apache-2.0
#include "daemon/fifo_keepers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <utility>

#include "base/accounts.h"
#include "base/diagnostics.h"
#include "base/unique_fd.h"
#include "capture/shim_arguments.h"

namespace logd {
namespace {

constexpr auto kFirstCheck = std::chrono::milliseconds(50);
constexpr auto kLongestCheck = std::chrono::seconds(2);
constexpr auto kLongestStart = std::chrono::seconds(2);

bool has_keeper(const std::string& directory, const std::string& process) {
  const std::string lock = fmt::format("{}/.{}.keeper", directory, process);
  const UniqueFd fd(open(lock.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return fd && flock(fd.get(), LOCK_SH | LOCK_NB) != 0;  // let go when fd closes
}

// Starts a program without a copy of our memory; the calling thread waits until it is loaded.
// Returns its pid, or sets `sys_errno`.
int spawn(const std::vector<std::string>& arguments, int& sys_errno) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments)
    pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = -1;
  sys_errno = posix_spawn(&pid, pointers.front(), nullptr, &attributes, pointers.data(), environ);
  posix_spawnattr_destroy(&attributes);
  return sys_errno == 0 ? pid : -1;
}

}  // namespace

// What makes the keeper and ends at once, if all is well.
struct FifoKeepers::Child {
  std::string process;
  UniqueFd pidfd;
  bool has_ended = false;
  std::unique_ptr<Watch> watch;  // last: leaves the loop before the descriptor closes
};

FifoKeepers::FifoKeepers(EventLoop& loop, Worker& worker, const Config& config,
                         IsAttached is_attached)
    : loop_(loop),
      worker_(worker),
      config_(config),
      directory_(std::filesystem::absolute(config.run_dir + "/fifo")),
      is_attached_(std::move(is_attached)),
      delay_(kFirstCheck),
      check_timer_(loop, [this] { check(); }),
      sweep_timer_(loop, [this] { sweep(); }) {}

FifoKeepers::~FifoKeepers() = default;

void FifoKeepers::start(std::function<void()> done) {
  done_ = std::move(done);
  done_by_ = loop_.clock().mono_now() + kLongestStart;
  check();
}

void FifoKeepers::check_soon() {
  delay_ = kFirstCheck;
  check_timer_.arm_after(delay_);
}

// A keeper that holds its lock but has not handed over is on its way to us, or to its end: when it
// was killed, its connection may close before its lock does.
void FifoKeepers::check() {
  bool is_missing = false;
  for (const auto& [process, settings] : config_.processes) {
    if (!settings.fifo || is_attached_(process)) continue;
    is_missing = true;
    if (!starting_.contains(process) && !has_keeper(directory_, process)) start_keeper(process);
  }
  for (const auto& child : children_) ended(*child);
  if (done_ && (starting_.empty() || loop_.clock().mono_now() >= done_by_)) tell_done();
  if (!is_missing) {
    told_.clear();
    return;
  }
  check_timer_.arm_after(delay_);
  delay_ = std::min<Nanoseconds>(delay_ * 2, kLongestCheck);
}

void FifoKeepers::start_keeper(const std::string& process) {
  auto arguments = shim_arguments(config_, "fifo", LogName{process, kNoInstance});
  if (!arguments) return failed(process, arguments.error().message());
  arguments->insert(arguments->end(), {"--directory", directory_});
  const std::string& group = config_.of(process).group;
  if (const auto gid = group_id(group))
    arguments->insert(arguments->end(), {"--gid", std::to_string(*gid)});

  struct Outcome {
    int pid = -1;
    int sys_errno = 0;
  };
  auto outcome = std::make_shared<Outcome>();
  Worker::Job job;
  job.run = [arguments = std::move(*arguments), outcome] {
    outcome->pid = spawn(arguments, outcome->sys_errno);
  };
  job.done = [this, process, outcome] { started(process, outcome->pid, outcome->sys_errno); };
  if (worker_.submit(std::move(job))) starting_.insert(process);
}

void FifoKeepers::started(const std::string& process, int pid, int sys_errno) {
  UniqueFd pidfd(pid > 0 ? static_cast<int>(syscall(SYS_pidfd_open, pid, 0)) : -1);
  if (!pidfd) {
    const int error = pid > 0 ? errno : sys_errno;
    starting_.erase(process);
    failed(process, system_error(error, "start of its keeper").message());
    return;
  }
  auto child = std::make_unique<Child>();
  child->process = process;
  child->pidfd = std::move(pidfd);
  Child& added = *children_.emplace_back(std::move(child));
  auto watch = Watch::create(loop_, added.pidfd.get(), EPOLLIN,
                             [this, &added](std::uint32_t) { ended(added); });
  if (watch) added.watch = std::move(*watch);  // else check() looks
}

void FifoKeepers::ended(Child& child) {
  if (child.has_ended) return;
  siginfo_t info{};
  if (waitid(P_PIDFD, static_cast<id_t>(child.pidfd.get()), &info, WEXITED | WNOHANG) != 0 ||
      info.si_pid == 0)
    return;
  if (info.si_code != CLD_EXITED || info.si_status != 0)
    failed(child.process, "its keeper could not be started");
  starting_.erase(child.process);
  child.has_ended = true;
  sweep_timer_.arm(loop_.now());
}

// Tried again and again, told once.
void FifoKeepers::failed(const std::string& process, const std::string& why) {
  if (told_.insert(process).second) log_error(fmt::format("{}: no FIFO: {}", process, why));
}

void FifoKeepers::sweep() {
  std::erase_if(children_, [](const auto& child) { return child->has_ended; });
  if (done_ && starting_.empty()) tell_done();
}

void FifoKeepers::tell_done() { std::exchange(done_, nullptr)(); }

}  // namespace logd
