// Takes the terminal for a full screen, and gives it back however the program ends.
//
// Keys come as bytes without echo, the screen is the alternate one. A signal that ends or stops us
// gives the terminal back first; one that ends the program by a fault does too. One at a time; it
// is the whole process's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "logd/result.h"

namespace logd {

class RawTerminal {
 public:
  // Of standard input and output. Errors: invalid (they are no terminal), io.
  static Result<std::unique_ptr<RawTerminal>> take();
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  struct Size {
    std::size_t rows = 24;
    std::size_t columns = 80;
  };
  Size size() const;

  // Waits for keys at most so long; returns their bytes. Returns early, with none, when the size
  // has changed, we were continued, or are to end.
  std::string read(std::chrono::milliseconds most);

  // Blocks. Errors: io.
  Result<void> write(std::string_view output);

  // The number of the signal that ended it, or SIGHUP if the terminal is gone; 0: none.
  int ended_by() const;

  // Whether somebody else has drawn on it, or may have: since the last call.
  bool take_lost_picture();

 private:
  RawTerminal() = default;
  bool has_hung_up_ = false;
};

}  // namespace logd
