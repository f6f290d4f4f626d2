// SPDX-License-Identifier: Apache-2.0
#include "store/inflate_pool.h"

#include <algorithm>
#include <string>
#include <utility>

#include "store/member_inflater.h"

namespace logd {

class InflatePool::Job {
 public:
  Job(const ArchiveMember& member, std::string_view compressed, InflatePool& pool)
      : member_(member), compressed_(compressed), pool_(pool) {}
  // Taken or not, it is not ahead any more. Whoever holds the last ticket has not locked.
  ~Job() {
    const std::lock_guard lock(pool_.mutex_);
    pool_.ahead_bytes_ -= bytes();
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  std::uint64_t bytes() const { return std::uint64_t{member_.bytes} + member_.uncompressed_bytes; }

  void run(MemberInflater& inflater) {
    content_ = pool_.spare();
    const Result<std::string_view> content = inflater.inflate(member_, compressed_, content_);
    if (content) {
      content_.resize(content->size());
    } else {
      error_ = content.error();
    }
  }

  Result<std::vector<char>> result() {
    if (error_) return fail(*error_);
    return std::move(content_);
  }

  bool is_done = false;  // guarded by the pool's mutex; the rest is the worker's until then

 private:
  const ArchiveMember member_;
  const std::string compressed_;
  InflatePool& pool_;
  std::vector<char> content_;
  std::optional<Error> error_;
};

InflatePool::InflatePool(unsigned threads, std::uint64_t max_bytes)
    : threads_wanted_(std::max(threads, 1u)), max_bytes_(max_bytes) {}

InflatePool::~InflatePool() {
  std::deque<Ticket> dropped;
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    dropped.swap(waiting_);
  }
  has_work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

InflatePool::Ticket InflatePool::begin(const ArchiveMember& member, std::string_view compressed) {
  const std::uint64_t bytes = std::uint64_t{member.bytes} + member.uncompressed_bytes;
  {
    const std::lock_guard lock(mutex_);
    if (ahead_bytes_ + bytes > max_bytes_ / 4) return nullptr;
    ahead_bytes_ += bytes;
  }
  auto job = std::make_shared<Job>(member, compressed, *this);
  if (threads_.size() < threads_wanted_) threads_.emplace_back([this] { work(); });
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(job);
  }
  has_work_.notify_one();
  return job;
}

Result<std::vector<char>> InflatePool::take(const Ticket& job) {
  std::unique_lock lock(mutex_);
  is_done_.wait(lock, [&] { return job->is_done; });
  return job->result();
}

void InflatePool::work() {
  MemberInflater inflater;
  for (;;) {
    Ticket job;
    {
      std::unique_lock lock(mutex_);
      has_work_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
      if (is_ending_) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
    }
    job->run(inflater);
    {
      const std::lock_guard lock(mutex_);
      job->is_done = true;
    }
    is_done_.notify_all();
  }
}

void InflatePool::reuse(std::vector<char> content) {
  if (content.empty() || content.size() > 2 * kMemberTargetBytes) return;
  const std::lock_guard lock(mutex_);
  if (spares_.size() < window()) spares_.push_back(std::move(content));
}

std::vector<char> InflatePool::spare() {
  const std::lock_guard lock(mutex_);
  if (spares_.empty()) return {};
  std::vector<char> content = std::move(spares_.back());
  spares_.pop_back();
  return content;
}

bool InflatePool::keep(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (kept_bytes_ + bytes > max_bytes_) return false;
  kept_bytes_ += bytes;
  return true;
}

void InflatePool::give_back(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  kept_bytes_ -= bytes;
}

}  // namespace logd
