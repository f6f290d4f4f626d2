// Moves a stream's bytes out of its pipe into memory that survives the daemon, and reads them from
// there.
//
// The position lives in the open file description that the shim shares: the kernel advances it in
// the same system call that takes bytes out of the pipe, so it always says exactly what was taken.
// The port is real in posix_escrow.h and made of strings in tests/fakes/fake_escrow.h. Loop thread
// only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace logd {

class Escrow {
 public:
  enum class TakeResult {
    taken,
    empty,   // nothing in the pipe now
    ended,   // nothing in the pipe, and no writer is left
    broken,  // the other side has made the descriptors unusable
  };
  struct Taken {
    TakeResult result = TakeResult::empty;
    std::uint64_t bytes = 0;
  };

  virtual ~Escrow() = default;

  virtual std::uint64_t size_bytes() const = 0;

  // Where the next byte from the pipe will go. Anything up to and above size_bytes(): the other
  // side can move it.
  virtual std::uint64_t position() = 0;

  // Moves at most `max_bytes` from the pipe to the position and advances it. Never waits.
  virtual Taken take(std::uint64_t max_bytes) = 0;

  // Copies [offset, offset + bytes). False if that is not all there.
  virtual bool read(char* to, std::uint64_t bytes, std::uint64_t offset) = 0;

  // Writes at `offset` without moving the position. False if it can't.
  virtual bool write(std::string_view bytes, std::uint64_t offset) = 0;

  virtual bool seek(std::uint64_t position) = 0;

  // Gives memory behind `offset` back to the system; what was there reads as zero.
  virtual void give_back(std::uint64_t offset) = 0;
};

}  // namespace logd
