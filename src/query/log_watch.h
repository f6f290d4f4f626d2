// Tells which logs of a log directory have something new, by inotify.
//
// Only a hint that saves time: it may say too much, and whoever follows looks at everything now and
// then anyway. Where inotify cannot be had, is_working() is false and looking must be frequent. One
// thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "base/unique_fd.h"

namespace logd {

class LogWatch {
 public:
  LogWatch();

  // Watches the directory open at `directory_fd` for a log of that number; a second call for the
  // same log takes the place of the first.
  void watch_log(std::size_t log, int directory_fd);
  void watch_log_dir(int directory_fd);

  struct News {
    std::vector<std::size_t> logs;   // have grown
    std::vector<std::size_t> names;  // have other names in their directory
    bool log_dir = false;            // has other names
    bool all = false;                // anything may have changed: the kernel dropped events
  };
  // What has happened since the last call; never blocks.
  News take();

  int descriptor() const { return inotify_.get(); }
  bool is_working() const { return inotify_.is_open() && !has_failed_; }

 private:
  int add(int directory_fd);

  UniqueFd inotify_;
  bool has_failed_ = false;  // some directory is not watched
  int log_dir_watch_ = -1;
  std::unordered_map<int, std::size_t> log_of_;    // by watch
  std::unordered_map<std::size_t, int> watch_of_;  // by log
};

}  // namespace logd
