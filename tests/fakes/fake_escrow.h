// Plays the pipe and the escrow of one stream in memory, with what outlives the daemon kept apart
// from it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "capture/escrow.h"

namespace logd::fakes {

// What the shim and the kernel hold: it survives every kill of the daemon.
struct FakeStream {
  explicit FakeStream(std::uint64_t escrow_bytes) : memory(escrow_bytes, '\0') {}

  std::string pipe;
  bool has_writer = true;
  std::string memory;  // of the escrow
  std::uint64_t position = 0;
  std::uint64_t longest_take = ~std::uint64_t{0};  // of one splice, to cut batches anywhere
};

class FakeEscrow final : public Escrow {
 public:
  // `on_step` is called before and after everything that a kill could follow; it may throw.
  using StepHook = std::function<void(std::string_view)>;
  FakeEscrow(FakeStream& stream, StepHook on_step)
      : stream_(stream), on_step_(std::move(on_step)) {}

  std::uint64_t size_bytes() const override { return stream_.memory.size(); }
  std::uint64_t position() override { return stream_.position; }
  Taken take(std::uint64_t max_bytes) override;
  bool read(char* to, std::uint64_t bytes, std::uint64_t offset) override;
  bool write(std::string_view bytes, std::uint64_t offset) override;
  bool seek(std::uint64_t position) override;
  void give_back(std::uint64_t offset) override;

 private:
  FakeStream& stream_;
  StepHook on_step_;
};

}  // namespace logd::fakes
