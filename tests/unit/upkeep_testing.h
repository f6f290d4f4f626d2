// A daemon's store on a disk, a clock, an archiver and a worker that do what a test says.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "capture/log_table.h"
#include "fakes/fake_archiver.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_file_system.h"
#include "fakes/inline_worker.h"
#include "upkeep/upkeep.h"

namespace logd {

// Rings when the test's clock says so.
class FakeAlarm final : public WallAlarm {
 public:
  explicit FakeAlarm(std::function<void()> on_time) : ring(std::move(on_time)) {}
  void arm(WallTime when) override { armed = when; }
  void cancel() override { armed.reset(); }

  std::function<void()> ring;
  std::optional<WallTime> armed;
};

class UpkeepDaemon {
 public:
  explicit UpkeepDaemon(Config settings = {}) : config_(std::move(settings)) {
    config_.log_dir = "/log";
    fs.make_directory("/log");
    char path[] = "/tmp/logd-test-ledger-XXXXXX";
    run_dir_ = mkdtemp(path);
    run_fd_ = UniqueFd(::open(run_dir_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    loop_ = EventLoop::create(clock).value();
    pass(Nanoseconds(0));  // a loop that has never run does not know the time
  }
  ~UpkeepDaemon() {
    stop();
    std::filesystem::remove_all(run_dir_);
  }

  void start() {
    table_ = LogTable::create({*loop_, fs, clock, worker,
                               [this] {
                                 fs.make_directory("/log");
                                 return Result<void>();
                               }},
                              config_, run_fd_.get())
                 .value();
    upkeep_ = Upkeep::create(*table_, archiver, [this](std::function<void()> on_time) {
                auto made = std::make_unique<FakeAlarm>(std::move(on_time));
                alarm_ = made.get();
                return Result<std::unique_ptr<WallAlarm>>(std::move(made));
              }).value();
  }

  // What waits for worker and archiver goes with the daemon.
  void stop() {
    worker.drop_all();
    archiver.drop();
    upkeep_.reset();
    table_.reset();
    alarm_ = nullptr;
  }

  OpenLog& log(const std::string& name) { return **table_->open({name, kNoInstance}); }

  // As the capture loop: a look, then the append.
  void store(const std::string& name, const std::string& text) {
    OpenLog& to = log(name);
    table_->look_after(to);
    REQUIRE(to.log->append_event(text));
    table_->mark_written(to);
  }

  void rotate(const std::string& name) {
    OpenLog& to = log(name);
    REQUIRE(to.log->rotate());
    table_->mark_written(to);
  }

  // `count` closed segments with one line each.
  void fill(const std::string& name, int count) {
    for (int i = 0; i < count; ++i) {
      store(name, "line");
      rotate(name);
      clock.advance(std::chrono::seconds(1));
    }
  }

  // Time goes by; the alarm rings when it should, and the loop does what is due.
  void pass(Nanoseconds time) {
    const WallTime end = clock.wall_now() + time;
    while (alarm_ != nullptr && alarm_->armed && *alarm_->armed <= end) {
      clock.advance(std::max(*alarm_->armed - clock.wall_now(), Nanoseconds(0)));
      turn();
      alarm_->armed.reset();
      ++rings;
      alarm_->ring();
      turn();
    }
    clock.advance(std::max(end - clock.wall_now(), Nanoseconds(0)));
    turn();
  }

  // The clock is set: the alarm rings at once.
  void step_clock(Nanoseconds by) {
    clock.step_wall(by);
    alarm_->armed.reset();
    alarm_->ring();
    turn();
    pass(Nanoseconds(0));
  }

  void turn() {
    Timer end(*loop_, [this] { loop_->stop(); });
    end.arm(clock.mono_now());
    loop_->run();
  }

  // Worker and archiver do all they can.
  void settle() {
    for (bool goes_on = true; goes_on;) {
      goes_on = worker.run_one();
      goes_on = archiver.run() || goes_on;
      turn();
    }
  }

  // Names without their times: "1.log 2.log.gz".
  std::string segments(const std::string& log) const {
    std::string all;
    for (const std::string& name : fs.list("/log/" + log)) {
      const auto parsed = parse_segment_name(name);
      if (!parsed) continue;
      all +=
          (all.empty() ? "" : " ") + std::to_string(parsed->number) + name.substr(name.find('.'));
    }
    return all;
  }

  std::string file(const std::string& log, std::uint64_t number) const {
    for (const std::string& name : fs.list("/log/" + log)) {
      const auto parsed = parse_segment_name(name);
      if (parsed && parsed->number == number) return "/log/" + log + "/" + name;
    }
    return "";
  }

  LogTable& table() { return *table_; }
  Upkeep& upkeep() { return *upkeep_; }
  KeptLog& kept(const std::string& name) { return *upkeep_->catalog().find(name); }
  std::optional<WallTime> armed() const { return alarm_->armed; }

  fakes::FakeFileSystem fs;
  fakes::FakeClock clock;
  fakes::InlineWorker worker;
  fakes::FakeArchiver archiver;
  int rings = 0;

 private:
  Config config_;
  std::string run_dir_;
  UniqueFd run_fd_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<LogTable> table_;
  std::unique_ptr<Upkeep> upkeep_;
  FakeAlarm* alarm_ = nullptr;
};

// Nothing happens by itself unless a test asks for it.
inline Config quiet_config() {
  Config config;
  config.timezone = "UTC";
  config.min_free = {};
  config.defaults.rotate_interval = "off";
  config.defaults.retain = std::nullopt;
  config.defaults.compress = false;
  config.defaults.keep_plain = 0;
  config.defaults.sync.mode = SyncMode::never;
  return config;
}

}  // namespace logd
