// Inflates members of archives on all cores, ahead of who reads them, and bounds the memory of all
// archives that one query has open.
//
// Who reads takes the members in its own order, so their order is kept. Threads are started when
// the first member is given to them. One thread gives and takes.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "logd/result.h"
#include "logd/units.h"
#include "store/archive_format.h"

namespace logd {

class InflatePool {
 public:
  // So much is inflated and kept at most, of all archives together; what is inflated ahead is a
  // quarter of it. Beyond that archives keep nothing, and inflate a member again for each block.
  static constexpr std::uint64_t kMaxBytes = 256_MiB;

  explicit InflatePool(unsigned threads = std::thread::hardware_concurrency(),
                       std::uint64_t max_bytes = kMaxBytes);
  ~InflatePool();
  InflatePool(const InflatePool&) = delete;
  InflatePool& operator=(const InflatePool&) = delete;

  // A member that is being inflated, or is. It must not outlive the pool.
  class Job;
  using Ticket = std::shared_ptr<Job>;

  // Begins to inflate a copy of `compressed`, all the bytes of `member`; null if there is too much
  // under way.
  Ticket begin(const ArchiveMember& member, std::string_view compressed);

  // Waits for it, and gives its uncompressed bytes. Errors: as MemberInflater::inflate().
  Result<std::vector<char>> take(const Ticket& job);

  // Counts bytes that somebody keeps; false if that is too much.
  bool keep(std::uint64_t bytes);
  void give_back(std::uint64_t bytes);

  // Takes what take() gave, for members to come: fresh memory costs as much as half of inflating.
  void reuse(std::vector<char> content);

  // How many members one reader may have ahead.
  std::size_t window() const { return 2 * std::size_t{threads_wanted_}; }

 private:
  void work();
  std::vector<char> spare();

  const unsigned threads_wanted_;
  const std::uint64_t max_bytes_;
  std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable is_done_;
  std::deque<Ticket> waiting_;
  std::uint64_t ahead_bytes_ = 0;
  std::uint64_t kept_bytes_ = 0;
  std::vector<std::vector<char>> spares_;
  bool is_ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace logd
