// Collects who asks the same of the loop, and answers all of them at once, no more often than once
// an interval: however many ask, capture pays the same.
//
// What a client gets was found out after it asked. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "loop/event_loop.h"
#include "web/http_message.h"

namespace logd::web {

using Replies = std::vector<std::shared_ptr<HttpReply>>;

class SharedAnswer {
 public:
  SharedAnswer(EventLoop& loop, Nanoseconds interval, std::function<void(Replies)> answer)
      : loop_(loop),
        interval_(interval),
        answer_(std::move(answer)),
        timer_(loop, [this] { answer_all(); }) {}

  void ask(std::shared_ptr<HttpReply> reply) {
    waiting_.push_back(std::move(reply));
    if (waiting_.size() > 1) return;
    if (loop_.now() >= next_)
      answer_all();
    else
      timer_.arm(next_);
  }

 private:
  void answer_all() {
    next_ = loop_.now() + interval_;
    answer_(std::exchange(waiting_, {}));
  }

  EventLoop& loop_;
  Nanoseconds interval_;
  std::function<void(Replies)> answer_;
  Replies waiting_;
  MonoTime next_{};
  Timer timer_;
};

inline void send_all(const Replies& replies, const HttpResponse& response) {
  for (const auto& reply : replies) reply->send(response);
}

}  // namespace logd::web
