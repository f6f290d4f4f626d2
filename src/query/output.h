// Writes what a query found to a descriptor, in large portions.
//
// Blocks while the reader is slow, which costs logd nothing: a query reads files only. One thread
// at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "logd/result.h"

namespace logd {

class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}  // not owned

  // Where to append; flush_if_full() after each line.
  std::string& buffer() { return buffer_; }

  // Errors: io; with sys_errno EPIPE if the reader has gone.
  Result<void> flush();
  Result<void> flush_if_full() { return buffer_.size() < kFullBytes ? Result<void>() : flush(); }

  int descriptor() const { return fd_; }

 private:
  static constexpr std::size_t kFullBytes = 64 * 1024;
  int fd_;
  std::string buffer_;
};

}  // namespace logd
