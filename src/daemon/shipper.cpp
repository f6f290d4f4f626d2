// SPDX-License-Identifier: Apache-2.0
#include "daemon/shipper.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <filesystem>
#include <utility>

#include "base/diagnostics.h"
#include "base/own_program.h"
#include "base/program_start.h"
#include "config/config_text.h"

namespace logd {
namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds kFirstDelay = 100ms;
constexpr Nanoseconds kLongestDelay = 60s;
constexpr Nanoseconds kLongestDelayAfterKill = 1s;  // by somebody: nothing is wrong with it
constexpr auto kLongestEnd = 1200ms;
constexpr auto kReadInterval = 1s;
constexpr auto kLongBackoff = 5min;  // that is worth a degraded health
constexpr int kConfigDescriptor = 3;
constexpr char kProgram[] = "logd-ship";

std::string absolute(const std::string& path) { return std::filesystem::absolute(path); }

std::string text_for(Config config) {
  config.log_dir = absolute(config.log_dir);
  config.run_dir = absolute(config.run_dir);
  return ship_config_text(config);
}

Result<UniqueFd> file_with(const std::string& text) {
  UniqueFd file(static_cast<int>(syscall(SYS_memfd_create, "logd.toml", MFD_CLOEXEC)));
  if (!file) return fail(system_error(errno, "memfd_create"));
  if (pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return fail(system_error(errno, "write the configuration of logd-ship"));
  return file;
}

}  // namespace

struct Shipper::Child {
  pid_t pid = -1;
  UniqueFd pidfd;
  UniqueFd orders;  // a pipe to its standard input
  std::string error;
  int status = 0;

  void start(const std::string& config, const std::string& log_dir, const std::string& run_dir) {
    const auto begun = begin(config, log_dir, run_dir);
    if (!begun) error = begun.error().message();
  }

  // The directories as arguments too: those come before what the environment says.
  Result<void> begin(const std::string& config, const std::string& log_dir,
                     const std::string& run_dir) {
    LOGD_TRY_ASSIGN(const UniqueFd file, file_with(config));
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return fail(system_error(errno, "pipe2"));
    const UniqueFd theirs(ends[0]);
    orders = UniqueFd(ends[1]);
    fcntl(orders.get(), F_SETFL, O_NONBLOCK);
    ProgramStart program;
    program.lead_session();  // a terminal's signals are for logd, which ends it
    program.give(theirs.get(), STDIN_FILENO);
    program.give(file.get(), kConfigDescriptor);
    LOGD_TRY_ASSIGN(pid, program.start(own_program(kProgram),
                                       {kProgram, "--config",
                                        fmt::format("/proc/self/fd/{}", kConfigDescriptor),
                                        "--log-dir", log_dir, "--run-dir", run_dir}));
    pidfd = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd) return fail(system_error(errno, "pidfd_open"));
    return {};
  }

  // False if it runs on.
  bool reap() {
    if (pid < 0) return true;
    if (waitpid(pid, &status, WNOHANG) == 0) return false;
    pid = -1;
    return true;
  }

  std::string how_it_ended() const {
    if (WIFSIGNALED(status)) return fmt::format("was killed by signal {}", WTERMSIG(status));
    return fmt::format("ended with status {}", WEXITSTATUS(status));
  }
};

Shipper::Shipper(EventLoop& loop, Worker& worker, FileSystem& file_system, StatusBoard& board,
                 const Config& config)
    : loop_(loop),
      worker_(worker),
      file_system_(file_system),
      config_(config),
      delay_(kFirstDelay),
      start_timer_(loop, [this] { start(); }) {
  board.add_source([this](Health& health) { check(health); });
  board.set_ships([this] { return status(); });
  follow_config();
}

Shipper::~Shipper() {
  watch_.reset();
  if (!child_) return;
  child_->orders.reset();
  kill(child_->pid, SIGTERM);
  pollfd ended{child_->pidfd.get(), POLLIN, 0};
  if (::poll(&ended, 1, static_cast<int>(kLongestEnd / 1ms)) <= 0) kill(child_->pid, SIGKILL);
  child_->reap();
}

void Shipper::follow_config() {
  const std::string wanted = config_.ships.empty() ? std::string() : text_for(config_);
  if (wanted == given_) return;
  given_ = wanted;
  delay_ = kFirstDelay;
  if (child_)
    end_child();  // ended() starts the next one
  else
    start();
}

void Shipper::stop_soon() {
  given_.clear();
  if (child_) end_child();
}

void Shipper::start() {
  if (given_.empty() || child_ || is_starting_) return;
  is_starting_ = true;
  auto child = std::make_shared<Child>();
  Worker::Job job;
  job.run = [child, text = given_, log_dir = absolute(config_.log_dir),
             run_dir = absolute(config_.run_dir)] { child->start(text, log_dir, run_dir); };
  job.done = [this, child] { started(child); };
  job.is_awaited = true;
  if (worker_.submit(std::move(job))) return;
  is_starting_ = false;
  start_timer_.arm_after(delay_);
}

void Shipper::started(std::shared_ptr<Child> child) {
  is_starting_ = false;
  if (!child->error.empty()) {
    trouble_ = child->error;
    log_error("logd-ship: " + trouble_);
    start_timer_.arm_after(delay_);
    delay_ = std::min(delay_ * 2, kLongestDelay);
    return;
  }
  trouble_.clear();
  child_ = std::move(child);
  started_at_ = loop_.now();
  watch_ = std::make_unique<Watch>(loop_, child_->pidfd.get(), EPOLLIN,
                                   [this](std::uint32_t) { ended(); });
  // The configuration has changed meanwhile.
  if (given_.empty()) end_child();
}

void Shipper::end_child() {
  child_->orders.reset();
  kill(child_->pid, SIGTERM);
}

void Shipper::ended() {
  if (!child_->reap()) return;
  watch_.reset();
  const bool was_asked = !child_->orders.is_open();
  if (!was_asked) {
    trouble_ = child_->how_it_ended();
    log_error("logd-ship " + trouble_);
  }
  const int status = child_->status;
  child_.reset();
  if (was_asked) return start();
  const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (loop_.now() - started_at_ > kLongestDelay) delay_ = kFirstDelay;
  if (signal == SIGKILL || signal == SIGTERM) delay_ = std::min(delay_, kLongestDelayAfterKill);
  start_timer_.arm_after(delay_);
  delay_ = std::min(delay_ * 2, kLongestDelay);
}

// It is written once a second, and health and metrics ask for it as often as somebody likes.
const ShipStatus& Shipper::status() {
  if (given_.empty()) {
    status_.clear();
    return status_;
  }
  if (!read_at_ || loop_.now() - *read_at_ >= kReadInterval) {
    read_at_ = loop_.now();
    const auto run_dir = file_system_.open_directory(config_.run_dir);
    auto read = run_dir ? read_ship_status(**run_dir) : fail(run_dir.error());
    status_ = read ? std::move(read->destinations) : ShipStatus();
  }
  // Destinations that are no longer there.
  std::erase_if(status_, [this](const auto& one) { return !config_.ships.contains(one.first); });
  return status_;
}

void Shipper::check(Health& health) {
  HealthCheck& check = health.check(kShipCheck);
  if (given_.empty()) return;
  if (!child_ && !trouble_.empty()) check.find(HealthLevel::degraded, "logd-ship " + trouble_);
  const WallTime now = loop_.clock().wall_now();
  for (const auto& [name, one] : status()) {
    if (one.state == "hold")
      check.find(HealthLevel::degraded, fmt::format("{} holds: {}", name, one.reason));
    else if (one.state == "backoff" && one.oldest_unsent && now - *one.oldest_unsent > kLongBackoff)
      check.find(HealthLevel::degraded, fmt::format("{} cannot: {}", name, one.reason));
  }
}

Result<void> Shipper::order(const ShipOrder& order) {
  if (!config_.ships.contains(order.destination)) {
    return fail(ErrorCode::not_found,
                fmt::format("there is no destination '{}'", order.destination));
  }
  if (!child_ || !child_->orders) return fail(ErrorCode::io, "logd-ship does not run");
  const std::string line = ship_order_text(order);
  if (line.size() > PIPE_BUF) return fail(ErrorCode::limit, "that is too much for one order");
  if (write(child_->orders.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    return fail(system_error(errno, "tell logd-ship"));
  return {};
}

std::vector<std::string> Shipper::destinations() const {
  std::vector<std::string> names;
  for (const auto& [name, ship] : config_.ships) names.push_back(name);
  return names;
}

}  // namespace logd
