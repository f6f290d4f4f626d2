// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <future>
#include <string>

#include "fakes/fake_clock.h"
#include "loop/worker.h"

using namespace logd;

namespace {

// A worker that is held up by its first job until all others wait behind it.
class HeldWorker {
 public:
  HeldWorker() {
    std::promise<void> held;
    const auto hold = [&] {
      held.set_value();
      opened_.get_future().wait();
    };
    REQUIRE(worker_->submit({.run = hold, .done = {}}));
    held.get_future().wait();
  }

  void submit(const std::string& name, bool is_awaited = false) {
    ++waiting_;
    Worker::Job job{.run = [this, name] { order_ += name + " "; },
                    .done =
                        [this] {
                          if (--waiting_ == 0) loop_->stop();
                        },
                    .is_awaited = is_awaited};
    REQUIRE(worker_->submit(std::move(job)));
  }

  // Names in the order in which they ran.
  std::string run_all() {
    opened_.set_value();
    loop_->run();
    return order_;
  }

 private:
  fakes::FakeClock clock_;
  std::unique_ptr<EventLoop> loop_ = EventLoop::create(clock_).value();
  std::promise<void> opened_;
  std::string order_;  // of the worker's thread until all are done
  int waiting_ = 0;
  std::unique_ptr<Worker> worker_ = Worker::start(*loop_).value();
};

}  // namespace

TEST_CASE("Worker: runs jobs in the order in which they came", "[loop]") {
  HeldWorker worker;
  for (const char* name : {"a", "b", "c"}) worker.submit(name);
  CHECK(worker.run_all() == "a b c ");
}

TEST_CASE("Worker: what is awaited takes turns with the rest", "[loop]") {
  HeldWorker worker;
  for (const char* name : {"sync1", "sync2", "sync3"}) worker.submit(name);
  for (const char* name : {"flush1", "flush2", "flush3", "flush4"}) worker.submit(name, true);
  CHECK(worker.run_all() == "flush1 sync1 flush2 sync2 flush3 sync3 flush4 ");
}
