// The Escrow of a real pipe and a real memfd. See escrow.h.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.h"
#include "capture/escrow.h"
#include "logd/result.h"

namespace logd {

// Accepts a FIFO opened for reading only and a memfd, opened for both, of exactly `bytes` with the
// seals SHRINK, GROW and SEAL and none against writing. The sender is not trusted. Errors: invalid,
// with what is wrong.
Result<void> check_stream_descriptors(int pipe, int escrow, std::uint64_t bytes);

// True if both are ends of one pipe or FIFO.
bool is_same_pipe(int one, int other);

class PosixEscrow final : public Escrow {
 public:
  PosixEscrow(UniqueFd pipe, UniqueFd escrow, std::uint64_t bytes)
      : pipe_(std::move(pipe)), escrow_(std::move(escrow)), size_bytes_(bytes) {}

  std::uint64_t size_bytes() const override { return size_bytes_; }
  std::uint64_t position() override;
  Taken take(std::uint64_t max_bytes) override;
  bool read(char* to, std::uint64_t bytes, std::uint64_t offset) override;
  bool write(std::string_view bytes, std::uint64_t offset) override;
  bool seek(std::uint64_t position) override;
  void give_back(std::uint64_t offset) override;

  int pipe() const { return pipe_.get(); }

 private:
  UniqueFd pipe_;
  UniqueFd escrow_;
  std::uint64_t size_bytes_;
};

}  // namespace logd
