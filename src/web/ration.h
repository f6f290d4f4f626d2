// Lets the queries of all clients run one at a time, in turns, and leaves half of each turn to
// others.
//
// So all of them together take half a core at most, however many there are; capture is not to wait
// for a reader. A query waits for its client without holding the turn. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace logd::web {

class Ration {
 public:
  // One query's part in it; between begin() and end() it may compute.
  class Share {
   public:
    explicit Share(Ration& ration) : ration_(ration) {}
    ~Share() { end(); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    void begin();
    void end();
    // Now and then while it computes; cheap.
    void check();

   private:
    Ration& ration_;
    bool has_turn_ = false;
    unsigned calls_ = 0;
    std::chrono::steady_clock::time_point began_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable passed_on_;
  std::uint64_t next_ticket_ = 0;  // guarded by mutex_
  std::uint64_t serving_ = 0;      // guarded by mutex_
};

}  // namespace logd::web
