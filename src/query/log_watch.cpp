// SPDX-License-Identifier: Apache-2.0
#include "query/log_watch.h"

#include <sys/inotify.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "base/file_io.h"

namespace logd {
namespace {

constexpr std::uint32_t kNewNames = IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM;

}  // namespace

LogWatch::LogWatch() : inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

// Watches by descriptor, not by path: what is watched is what is read.
int LogWatch::add(int directory_fd) {
  if (!inotify_ || directory_fd < 0) {
    has_failed_ = true;
    return -1;
  }
  const std::string path = "/proc/self/fd/" + std::to_string(directory_fd);
  const int watch = ::inotify_add_watch(inotify_.get(), path.c_str(), IN_MODIFY | kNewNames);
  if (watch < 0) has_failed_ = true;
  return watch;
}

void LogWatch::watch_log(std::size_t log, int directory_fd) {
  if (const auto old = watch_of_.find(log); old != watch_of_.end()) {
    ::inotify_rm_watch(inotify_.get(), old->second);
    log_of_.erase(old->second);
    watch_of_.erase(old);
  }
  const int watch = add(directory_fd);
  if (watch < 0) return;
  log_of_[watch] = log;
  watch_of_[log] = watch;
}

void LogWatch::watch_log_dir(int directory_fd) {
  if (log_dir_watch_ >= 0) ::inotify_rm_watch(inotify_.get(), log_dir_watch_);
  log_dir_watch_ = add(directory_fd);
}

LogWatch::News LogWatch::take() {
  News news;
  alignas(inotify_event) char buffer[16 * 1024];
  while (inotify_) {
    const ssize_t got =
        retry_interrupted([&] { return ::read(inotify_.get(), buffer, sizeof buffer); });
    if (got <= 0) break;
    for (const char* at = buffer; at < buffer + got;) {
      inotify_event event{};
      std::memcpy(&event, at, sizeof event);
      at += sizeof event + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) news.all = true;
      if (event.wd == log_dir_watch_) news.log_dir = true;
      const auto log = log_of_.find(event.wd);
      if (log == log_of_.end()) continue;
      if (news.logs.empty() || news.logs.back() != log->second) news.logs.push_back(log->second);
      if ((event.mask & kNewNames) != 0) news.names.push_back(log->second);
    }
  }
  return news;
}

}  // namespace logd
