// SPDX-License-Identifier: Apache-2.0
#include "web/query_threads.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <tuple>
#include <utility>

namespace logd::web {
namespace {

constexpr int kNice = 19;

struct Start {
  std::function<void()> job;
  std::function<void()> ended;
};

void* run_thread(void* argument) {
  const std::unique_ptr<Start> start(static_cast<Start*>(argument));
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the loop's
  setpriority(PRIO_PROCESS, 0, kNice);        // of this thread
  start->job();
  start->job = nullptr;
  start->ended();
  return nullptr;
}

}  // namespace

QueryThreads::QueryThreads(std::size_t max_threads)
    : max_threads_(max_threads), stop_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void QueryThreads::stop() {
  is_stopping_ = true;
  const std::uint64_t one = 1;
  std::ignore = write(stop_.get(), &one, sizeof one);
  std::unique_lock lock(mutex_);
  has_ended_.wait(lock, [this] { return running_ == 0; });
}

// pthread_create, since std::thread throws where the system has none left.
bool QueryThreads::run(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (is_stopping_ || running_ >= max_threads_) return false;
  auto start = std::make_unique<Start>(Start{std::move(job), [this] { ended(); }});
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread{};
  const bool is_started = pthread_create(&thread, &attributes, run_thread, start.get()) == 0;
  pthread_attr_destroy(&attributes);
  if (!is_started) return false;
  std::ignore = start.release();
  ++running_;
  return true;
}

void QueryThreads::ended() {
  const std::lock_guard lock(mutex_);
  --running_;
  has_ended_.notify_all();
}

}  // namespace logd::web
