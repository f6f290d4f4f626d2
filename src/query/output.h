// Writes what a query found to a descriptor, in large portions.
//
// Blocks while the reader is slow, which costs logd nothing: a query reads files only. One thread
// at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "logd/result.h"

namespace logd {

class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}  // not owned

  // Where to append; flush() once it is_full().
  std::string& buffer() { return buffer_; }

  // When a signal interrupts it and `is_stopped` says true, flush() gives up.
  void stop_when(std::function<bool()> is_stopped) { is_stopped_ = std::move(is_stopped); }

  // Errors: io; with sys_errno EPIPE if the reader has gone, EINTR if it gave up.
  Result<void> flush();
  bool is_full() const { return buffer_.size() >= kFullBytes; }

  int descriptor() const { return fd_; }

 private:
  static constexpr std::size_t kFullBytes = 64 * 1024;
  int fd_;
  std::function<bool()> is_stopped_;
  std::string buffer_;
};

}  // namespace logd
