// Defines the counters that a writer keeps in a mapped file: they survive any kill, and the test
// reads them, and asks the writer to stop, while it runs.
//
// tests/system/harness.py reads the same layout: eight-byte numbers in host order.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace load {

struct Counters {
  std::atomic<std::uint64_t> lines[2];  // stdout, stderr: lines that write() took whole
  std::atomic<std::uint64_t> bytes[2];  // bytes that write() took
  std::atomic<std::uint64_t> error[2];  // errno that ended the stream, 0 if none
  std::atomic<std::uint64_t> finished;  // 1: ended by itself
  std::atomic<std::uint64_t> stop;      // set by the test: finish the line and end
};
static_assert(sizeof(Counters) == 64 && std::atomic<std::uint64_t>::is_always_lock_free);

}  // namespace load
