// SPDX-License-Identifier: Apache-2.0
#include "sinks/ship_thread.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/diagnostics.h"
#include "sinks/http_client.h"

namespace logd {
namespace {

using namespace std::chrono_literals;

constexpr auto kLongestTurn = 60s;
constexpr auto kLongestWindUp = 1s;
constexpr auto kRetryInterval = 5s;

}  // namespace

Result<std::unique_ptr<ShipThread>> ShipThread::start(Setup setup,
                                                      std::function<void()> on_change) {
  LOGD_TRY_ASSIGN(auto transport, HttpClient::make(setup.config));
  UniqueFd wake_up(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_up) return fail(system_error(errno, "eventfd"));
  LOGD_TRY_ASSIGN(auto parent, PosixFileSystem().open_directory(setup.log_dir));
  LOGD_TRY_ASSIGN(auto ships, parent->open_directory(kShipDirectory, Create::yes));
  LOGD_TRY_ASSIGN(auto directory, ships->open_directory(setup.name, Create::yes));
  std::unique_ptr<ShipThread> thread(new ShipThread(std::move(setup), std::move(on_change),
                                                    std::move(transport), std::move(directory),
                                                    std::move(wake_up)));
  try {
    thread->thread_ = std::thread([&self = *thread] { self.work(); });
  } catch (const std::system_error& error) {
    return fail(system_error(error.code().value(), "start a thread"));
  }
  return thread;
}

ShipThread::ShipThread(Setup setup, std::function<void()> on_change,
                       std::unique_ptr<Transport> transport, std::unique_ptr<Directory> directory,
                       UniqueFd wake_up)
    : setup_(std::move(setup)),
      on_change_(std::move(on_change)),
      transport_(std::move(transport)),
      loop_({file_system_, clock_, *transport_, setup_.compresses}, setup_.name, setup_.config,
            setup_.host, setup_.log_dir, std::move(directory)),
      wake_up_(std::move(wake_up)) {
  status_ = loop_.status();
}

ShipThread::~ShipThread() {
  stop_soon();
  if (thread_.joinable()) thread_.join();
}

void ShipThread::stop_soon() {
  is_stopping_ = true;
  wake();
}

void ShipThread::wake() {
  const std::uint64_t one = 1;
  std::ignore = write(wake_up_.get(), &one, sizeof one);
}

DestinationStatus ShipThread::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void ShipThread::ask(std::function<void(ShipLoop&)> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  wake();
}

void ShipThread::take_tasks() {
  std::uint64_t woken = 0;
  std::ignore = read(wake_up_.get(), &woken, sizeof woken);
  std::vector<std::function<void(ShipLoop&)>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) task(loop_);
}

void ShipThread::publish() {
  DestinationStatus status = loop_.status();
  {
    const std::lock_guard lock(mutex_);
    if (status == status_) return;
    status_ = std::move(status);
  }
  on_change_();
}

void ShipThread::work() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the main thread's
  for (;;) {
    const auto opened = loop_.open();
    if (opened) break;
    log_error(fmt::format("{}: {}", setup_.name, opened.error().message()));
    for (auto waited = 0ms; waited < kRetryInterval && !is_stopping_; waited += 100ms)
      std::this_thread::sleep_for(100ms);
    if (is_stopping_) return;
  }
  publish();
  while (!is_stopping_) {
    loop_.turn(wake_up_.get(), kLongestTurn);
    take_tasks();
    publish();
  }
  const MonoTime until = clock_.mono_now() + kLongestWindUp;
  while (!loop_.wind_up() && clock_.mono_now() < until) loop_.turn(-1, 20ms);
  transport_->cancel_all();
  loop_.save();
}

}  // namespace logd
