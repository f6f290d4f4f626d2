// Makes standard input the one stream of `logctl pipe`.
//
// A pipe is handed over itself; anything else (a file, a terminal, a socket) is copied into a pipe
// of ours, as fast as that is emptied. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>

#include <cstddef>

#include "shim/stream.h"

namespace logd::shim {

class PipeInput {
 public:
  // Gives `stream` its pipe. Returns 0, or the errno.
  int open(Stream& stream);

  // What to wait for; a negative descriptor once the input has ended.
  pollfd interest() const;

  // Goes on after poll() has told about interest(). Blocks only for a file on a slow disk.
  void proceed(short events);

  bool has_ended() const { return has_ended_; }
  bool is_copied() const { return to_ != nullptr; }

  // Takes no more input.
  void end();

 private:
  void copy();

  const Stream* watched_ = nullptr;  // handed over itself
  Stream* to_ = nullptr;             // copied into
  bool has_ended_ = false;
  std::size_t first_ = 0;  // of the bytes read and not yet written
  std::size_t last_ = 0;
  char bytes_[16 << 10];
};

}  // namespace logd::shim
