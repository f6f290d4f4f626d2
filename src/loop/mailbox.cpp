// SPDX-License-Identifier: Apache-2.0
#include "loop/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <tuple>
#include <utility>

namespace logd {

Result<std::unique_ptr<Mailbox>> Mailbox::create(EventLoop& loop) {
  UniqueFd wake_up(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_up) return fail(system_error(errno, "eventfd"));
  return std::unique_ptr<Mailbox>(new Mailbox(loop, std::move(wake_up)));
}

Mailbox::Mailbox(EventLoop& loop, UniqueFd wake_up)
    : wake_up_(std::move(wake_up)),
      watch_(loop, wake_up_.get(), EPOLLIN, [this](std::uint32_t) { deliver(); }) {}

void Mailbox::post(std::function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
  }
  const std::uint64_t one = 1;
  std::ignore = write(wake_up_.get(), &one, sizeof one);
}

void Mailbox::deliver() {
  std::uint64_t count = 0;
  std::ignore = read(wake_up_.get(), &count, sizeof count);
  std::deque<std::function<void()>> calls;
  {
    const std::lock_guard lock(mutex_);
    calls.swap(calls_);
  }
  for (const std::function<void()>& call : calls) call();
}

}  // namespace logd
