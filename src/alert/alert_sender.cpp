// SPDX-License-Identifier: Apache-2.0
#include "alert/alert_sender.h"

#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <iterator>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/diagnostics.h"
#include "base/duration_text.h"
#include "base/own_program.h"
#include "base/system_clock.h"

namespace logd {
namespace {

using namespace std::chrono_literals;

// Between the first attempt and the second one, and so on.
constexpr Nanoseconds kDelays[] = {1s, 10s};
constexpr auto kLongestEnd = 300ms;  // of logd
constexpr auto kLongestWait = 1h;
// Of the process that makes the attempt, so that it can say itself that time is over.
constexpr auto kGrace = 1s;

constexpr std::size_t kMaxWhyBytes = 512;

// Of starting a program: what the system has too little of now.
bool may_pass(int sys_errno) {
  return sys_errno == EAGAIN || sys_errno == ENOMEM || sys_errno == EMFILE || sys_errno == ENFILE;
}

MonoTime mono_now() { return SystemClock().mono_now(); }

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

// The first line is for logd-webhook, and what follows is sent; see webhook/main.cpp.
FedProgram::Start webhook(const Alert& alert, const std::string& message) {
  FedProgram::Start start;
  start.arguments = {own_program("logd-webhook")};
  start.input = webhook_request(alert.config) + "\n" + message;
  return start;
}

FedProgram::Start command(const Alert& alert, const std::string& message) {
  FedProgram::Start start;
  start.arguments = alert.config.command;
  start.variables = {"LOGD_ALERT=" + alert.name,
                     fmt::format("LOGD_ALERT_STATE={}", word_of(alert.state)),
                     "LOGD_ALERT_PROCESS=" + (alert.log ? alert.log->process : "")};
  start.input = message;
  return start;
}

bool has_webhook(const AlertConfig& config) {
  return !config.webhook.empty() || !config.webhook_file.empty();
}

std::size_t deliveries_of(const AlertConfig& config) {
  return (has_webhook(config) ? 1U : 0U) + (config.command.empty() ? 0U : 1U);
}

std::string why_of(const FedProgram::End& end, Nanoseconds timeout) {
  if (end.was_late) {
    const auto length = std::chrono::duration_cast<std::chrono::milliseconds>(timeout);
    return "took longer than " + duration_text(length);
  }
  const std::string status = end.signal != 0 ? fmt::format("was killed by signal {}", end.signal)
                                             : fmt::format("ended with status {}", end.exit_status);
  return end.first_error.empty() ? status : end.first_error;
}

}  // namespace

Result<std::unique_ptr<AlertSender>> AlertSender::start(AlertCounts& counts) {
  UniqueFd wake_up(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_up) return fail(system_error(errno, "eventfd"));
  std::unique_ptr<AlertSender> sender(new AlertSender(counts, std::move(wake_up)));
  try {
    sender->thread_ = std::thread([&self = *sender] { self.work(); });
  } catch (const std::system_error& error) {
    return fail(system_error(error.code().value(), "start a thread for alerts"));
  }
  return sender;
}

AlertSender::AlertSender(AlertCounts& counts, UniqueFd wake_up)
    : counts_(counts), host_(host_name()), wake_up_(std::move(wake_up)) {}

AlertSender::~AlertSender() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake();
  if (thread_.joinable()) thread_.join();
}

void AlertSender::wake() {
  const std::uint64_t one = 1;
  std::ignore = write(wake_up_.get(), &one, sizeof one);
}

bool AlertSender::take_place(const std::string& name, const AlertConfig& config) {
  counts_.add(name, &AlertMetrics::fired);
  const std::lock_guard lock(mutex_);
  std::size_t& deliveries = deliveries_[name];
  const std::size_t more = deliveries_of(config);
  if (deliveries + more > kMaxWaiting) {
    counts_.add(name, &AlertMetrics::dropped);
    return false;
  }
  deliveries += more;
  return true;
}

void AlertSender::send(Alert alert) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(alert));
  }
  wake();
}

void AlertSender::work() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the loop's
  std::optional<MonoTime> end;
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_ && !end) end = mono_now() + kLongestEnd;
    }
    take_queue();
    start_due(end);
    const MonoTime now = mono_now();
    const bool is_idle = running_.empty() && std::none_of(waiting_.begin(), waiting_.end(),
                                                          [](const Delivery& delivery) {
                                                            return delivery.attempts == 0;
                                                          });
    if (end && (is_idle || now >= *end)) return give_up();
    wait(end.value_or(now + kLongestWait));
    finish_ended();
  }
}

void AlertSender::take_queue() {
  while (true) {
    Alert alert;
    {
      const std::lock_guard lock(mutex_);
      if (queue_.empty()) return;
      alert = std::move(queue_.front());
      queue_.pop_front();
    }
    const std::string message = message_of(alert, host_);
    const auto add = [&](FedProgram::Start start, bool is_webhook) {
      waiting_.push_back({alert.name, std::move(start), alert.config.timeout, is_webhook, 0, {}});
    };
    if (has_webhook(alert.config)) add(webhook(alert, message), true);
    if (!alert.config.command.empty()) add(command(alert, message), false);
  }
}

void AlertSender::start_due(std::optional<MonoTime> end) {
  for (auto delivery = waiting_.begin(); delivery != waiting_.end();) {
    const MonoTime now = mono_now();
    if (running_.size() >= kMaxRunning || (end && now >= *end)) return;
    if (delivery->due > now || is_running(delivery->alert)) {
      ++delivery;
      continue;
    }
    Delivery due = std::move(*delivery);
    delivery = waiting_.erase(delivery);
    ++due.attempts;
    due.start.deadline = now + due.timeout + (due.is_webhook ? Nanoseconds(kGrace) : 0ns);
    auto program = FedProgram::start(due.start);
    if (!program) {
      if (!may_pass(program.error().sys_errno) || !try_again(due))
        fail_for_good(due, program.error().message());
      return;  // what waits may be in another place now
    }
    running_.push_back(std::make_unique<Attempt>(Attempt{std::move(due), std::move(*program)}));
  }
}

void AlertSender::wait(MonoTime until) {
  std::vector<pollfd> fds{{wake_up_.get(), POLLIN, 0}};
  for (const auto& attempt : running_) {
    fds.push_back({attempt->program.ended_descriptor(), POLLIN, 0});
    fds.push_back({attempt->program.errors_descriptor(), POLLIN, 0});
    until = std::min(until, attempt->program.deadline());
  }
  if (running_.size() < kMaxRunning) {
    for (const Delivery& delivery : waiting_)
      if (!is_running(delivery.alert)) until = std::min(until, delivery.due);
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - mono_now());
  ::poll(fds.data(), fds.size(), static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
  std::uint64_t woken = 0;
  std::ignore = read(wake_up_.get(), &woken, sizeof woken);
}

void AlertSender::finish_ended() {
  const MonoTime now = mono_now();
  std::erase_if(left_, [](pid_t pid) { return waitpid(pid, nullptr, WNOHANG) != 0; });
  for (std::size_t i = 0; i < running_.size();) {
    const auto end = running_[i]->program.look(now);
    if (!end) {
      ++i;
      continue;
    }
    const std::unique_ptr<Attempt> attempt = std::move(running_[i]);
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
    finish(std::move(attempt->delivery), *end);
  }
}

// Later; false if there were enough attempts.
bool AlertSender::try_again(Delivery& delivery) {
  const auto attempt = static_cast<std::size_t>(delivery.attempts);
  if (attempt > std::size(kDelays)) return false;
  delivery.due = mono_now() + kDelays[attempt - 1];
  waiting_.push_back(std::move(delivery));
  return true;
}

void AlertSender::finish(Delivery delivery, const FedProgram::End& end) {
  if (end.left > 0) left_.push_back(end.left);
  if (end.exit_status == 0 && end.signal == 0 && !end.was_late) {
    counts_.set_failure(delivery.alert, way_of(delivery), {});
    counts_.add(delivery.alert, &AlertMetrics::sent);
    return forget(delivery);
  }
  // A command that was killed may have done what it does.
  const bool may_help =
      (end.exit_status == kTryAgain && !end.was_late) || (end.was_late && delivery.is_webhook);
  if (!may_help || !try_again(delivery)) fail_for_good(delivery, why_of(end, delivery.timeout));
}

std::string AlertSender::way_of(const Delivery& delivery) {
  return delivery.is_webhook ? "webhook" : delivery.start.arguments.front();
}

bool AlertSender::is_running(const std::string& alert) const {
  return std::any_of(running_.begin(), running_.end(),
                     [&](const auto& attempt) { return attempt->delivery.alert == alert; });
}

void AlertSender::forget(const Delivery& delivery) {
  const std::lock_guard lock(mutex_);
  if (--deliveries_[delivery.alert] == 0) deliveries_.erase(delivery.alert);
  has_told_.notify_all();
}

void AlertSender::wait_until_told() {
  std::unique_lock lock(mutex_);
  has_told_.wait(lock, [this] { return deliveries_.empty(); });
}

void AlertSender::fail_for_good(const Delivery& delivery, const std::string& why) {
  std::string told = masker_.mask(why);
  if (told.size() > kMaxWhyBytes) told.resize(kMaxWhyBytes);
  counts_.set_failure(delivery.alert, way_of(delivery), std::move(told));
  counts_.add(delivery.alert, &AlertMetrics::failed);
  forget(delivery);
}

void AlertSender::give_up() {
  std::size_t untold = waiting_.size() + running_.size();
  running_.clear();
  {
    const std::lock_guard lock(mutex_);
    untold += queue_.size();
  }
  if (untold > 0) log_warn(fmt::format("stops with alerts that were not told: {}", untold));
}

}  // namespace logd
