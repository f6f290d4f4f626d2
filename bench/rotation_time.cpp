// Measures how long a rotation holds up the capture loop: `rotation_time DIRECTORY ROTATIONS`.
//
// Fills and rotates a log as the loop does with 100 MB/s, while another thread points current.log
// at the new segments and syncs the closed ones as the files worker does; prints the 50th and 99th
// percentile and the longest, in microseconds.
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/posix_file_system.h"
#include "base/system_clock.h"
#include "store/current_link.h"
#include "store/process_log.h"

namespace {

using namespace logd;

constexpr std::size_t kSegmentBytes = 256 << 10;
constexpr auto kInterval = std::chrono::microseconds(2621);  // 100 MB/s

// What the files worker has to do for one rotation.
struct Left {
  std::shared_ptr<File> file;  // null: stop
  SegmentName active;
};

class FilesWorker {
 public:
  explicit FilesWorker(std::unique_ptr<Directory> log)
      : log_(std::move(log)), thread_([this] { work(); }) {}
  ~FilesWorker() {
    add({});
    thread_.join();
  }

  void add(Left left) {
    const std::lock_guard lock(mutex_);
    left_.push_back(std::move(left));
    changed_.notify_one();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return !left_.empty(); });
      const Left left = std::move(left_.front());
      left_.pop_front();
      if (!left.file) return;
      lock.unlock();
      std::ignore = point_current_link(*log_, left.active);
      std::ignore = left.file->sync_data();
      lock.lock();
    }
  }

  std::unique_ptr<Directory> log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Left> left_;
  std::thread thread_;
};

Result<std::vector<double>> measure(const std::string& path, int rotations) {
  PosixFileSystem file_system;
  SystemClock clock;
  LedgerImage image;
  Ledger ledger(image);
  LOGD_TRY_ASSIGN(auto directory, file_system.open_directory(path));
  LOGD_TRY_ASSIGN(auto log, ProcessLog::open(std::move(directory), ledger, {}, clock,
                                             {.max_segment_bytes = kSegmentBytes * 2}));
  const std::string text(kSegmentBytes, 'x');
  LOGD_TRY_ASSIGN(auto links, file_system.open_directory(path));
  FilesWorker worker(std::move(links));
  std::vector<double> microseconds;
  auto next = std::chrono::steady_clock::now();
  for (int i = 0; i < rotations; ++i) {
    std::this_thread::sleep_until(next += kInterval);
    LOGD_TRY(log->append_event(text));
    const auto begin = std::chrono::steady_clock::now();
    LOGD_TRY(log->rotate());
    const std::chrono::duration<double, std::micro> taken =
        std::chrono::steady_clock::now() - begin;
    microseconds.push_back(taken.count());
    for (LeftSegment& left : log->take_closed())
      worker.add({std::move(left.file), log->active_name()});
  }
  return microseconds;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: rotation_time DIRECTORY ROTATIONS\n");
    return 2;
  }
  auto measured = measure(argv[1], std::atoi(argv[2]));
  if (!measured) {
    fmt::print(stderr, "rotation_time: {}\n", measured.error().message());
    return 1;
  }
  std::sort(measured->begin(), measured->end());
  const auto at = [&](std::size_t percent) {
    return (*measured)[(measured->size() - 1) * percent / 100];
  };
  fmt::print("{:.1f} {:.1f} {:.1f}\n", at(50), at(99), at(100));
  return 0;
}
