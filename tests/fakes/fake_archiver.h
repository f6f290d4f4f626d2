// Makes archives on the caller's thread when a test says so, and fails when it is to.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <utility>

#include "upkeep/archiver.h"

namespace logd::fakes {

class FakeArchiver final : public Archiver {
 public:
  void make(ArchiveFiles files, int level, Done done) override {
    LOGD_ASSERT(!done_);
    files_ = std::move(files);
    level_ = level;
    done_ = std::move(done);
  }

  void cancel() override {
    if (!done_) return;
    files_ = ArchiveFiles();
    is_cancelled = true;
    std::exchange(done_, nullptr)(fail(ErrorCode::io, "cancelled"));
  }

  bool has_job() const { return static_cast<bool>(done_); }

  // Does the job that waits; false if there is none.
  bool run() {
    if (!done_) return false;
    Result<ArchiveMade> made = failures.empty()
                                   ? make_archive(*files_.plain, *files_.archive, level_)
                                   : Result<ArchiveMade>(fail(failures.front()));
    if (!failures.empty()) failures.pop_front();
    files_ = ArchiveFiles();
    std::exchange(done_, nullptr)(std::move(made));
    return true;
  }

  // As if it had never been given.
  void drop() {
    files_ = ArchiveFiles();
    done_ = nullptr;
  }

  std::deque<Error> failures;  // of the next jobs
  bool is_cancelled = false;   // one was

 private:
  ArchiveFiles files_;
  int level_ = 0;
  Done done_;
};

}  // namespace logd::fakes
