// SPDX-License-Identifier: Apache-2.0

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>

#include "capture/log_table.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_file_system.h"
#include "logd/record.h"
#include "store/event.h"

namespace logd {
namespace {

using namespace std::chrono_literals;

// A run_dir for ledgers, which are real.
class RunDirectory {
 public:
  RunDirectory() {
    char path[] = "/tmp/logd-test-ledger-XXXXXX";
    path_ = mkdtemp(path);
    fd_ = UniqueFd(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  ~RunDirectory() { std::filesystem::remove_all(path_); }
  int descriptor() const { return fd_.get(); }

 private:
  std::string path_;
  UniqueFd fd_;
};

// A daemon's table on a disk of its own.
class Daemon {
 public:
  explicit Daemon(fakes::FakeFileSystem& fs, Config settings = {})
      : fs_(fs), config_(std::move(settings)) {
    config_.log_dir = "/log";
    fs.make_directory("/log");
    loop_ = EventLoop::create(clock_).value();
    worker_ = Worker::start(*loop_).value();
    wait_for_jobs();  // a loop that has never run does not know the time
    start();
  }

  void start() {
    table_.reset();
    const auto renew_log_dir = [this] {
      fs_.make_directory("/log");
      return Result<void>();
    };
    auto made = LogTable::create({*loop_, fs_, clock_, *worker_, renew_log_dir}, config_,
                                 run_.descriptor());
    REQUIRE(made);
    table_ = std::move(*made);
  }

  OpenLog& log(const std::string& name) {
    auto opened = table_->open({name, kNoInstance});
    REQUIRE(opened);
    return **opened;
  }

  void store(const std::string& name, const std::string& text) {
    OpenLog& to = log(name);
    table_->look_after(to);
    wait_for_jobs();  // the disk is for one thread at a time
    REQUIRE(to.log->append_event(text));
    table_->mark_written(to);
    wait_for_jobs();
  }

  // What `logctl sync` is told.
  std::optional<Error> sync() {
    std::optional<std::optional<Error>> answer;
    table_->sync_all([&](std::optional<Error> error) {
      answer = std::move(error);
      loop_->stop();
    });
    while (!answer) loop_->run();
    wait_for_jobs();
    return *answer;
  }

  // Time goes by, and the loop does what is due.
  void pass(Nanoseconds time) {
    clock_.advance(time);
    Timer end(*loop_, [this] { loop_->stop(); });
    end.arm(clock_.mono_now());
    loop_->run();
    wait_for_jobs();
  }

  void wait_for_jobs() {
    bool is_done = false;
    const auto done = [&] {
      is_done = true;
      loop_->stop();
    };
    while (!worker_->submit({.run = [] {}, .done = done})) std::this_thread::yield();
    while (!is_done) loop_->run();
  }

  // All records of a log, as a reader finds them.
  std::string contents(const std::string& log) const {
    std::string all;
    for (const std::string& name : fs_.list("/log/" + log))
      if (parse_segment_name(name)) all += fs_.contents("/log/" + log + "/" + name);
    return all;
  }

  fakes::FakeClock& clock() { return clock_; }
  LogTable& table() { return *table_; }
  Worker& worker() { return *worker_; }

 private:
  fakes::FakeFileSystem& fs_;
  fakes::FakeClock clock_;
  Config config_;
  RunDirectory run_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Worker> worker_;
  std::unique_ptr<LogTable> table_;
};

Config with_sync(SyncMode mode) {
  Config config;
  config.defaults.sync.mode = mode;
  return config;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

// A power cut after `logctl sync` takes nothing, with any policy: neither of segments that are
// closed, nor of logs that are, nor the names of either.
TEST_CASE("LogTable: what was stored before a sync survives a power cut", "[capture]") {
  for (const SyncMode mode : {SyncMode::never, SyncMode::interval, SyncMode::batch}) {
    fakes::FakeFileSystem fs;
    Daemon daemon(fs, with_sync(mode));
    daemon.store("web", "first");
    REQUIRE(daemon.log("web").log->rotate());
    daemon.store("web", "second");
    daemon.store("api", "third");
    for (const auto& [name, log] : daemon.table().open_logs()) daemon.table().release(*log);
    daemon.pass(6s);  // the first look at what is idle
    daemon.pass(6s);
    daemon.pass(6s);
    CHECK(daemon.table().open_logs().empty());
    CHECK_FALSE(daemon.sync());
    daemon.wait_for_jobs();
    fs.crash();
    REQUIRE(fs.exists("/log/web"));
    CHECK(has(daemon.contents("web"), "first"));
    CHECK(has(daemon.contents("web"), "second"));
    CHECK(has(daemon.contents("api"), "third"));
  }
}

TEST_CASE("LogTable: the interval's sync covers the names of segments and logs", "[capture]") {
  fakes::FakeFileSystem fs;
  Daemon daemon(fs);
  daemon.store("web", "first");
  REQUIRE(daemon.log("web").log->rotate());
  daemon.store("web", "second");
  daemon.pass(6s);
  fs.crash();
  REQUIRE(fs.exists("/log/web"));
  CHECK(has(daemon.contents("web"), "first"));
  CHECK(has(daemon.contents("web"), "second"));
}

TEST_CASE("LogTable: a sync tells every failure, once", "[capture]") {
  SECTION("of the sync itself") {
    fakes::FakeFileSystem fs;
    Daemon daemon(fs);
    daemon.store("web", "first");
    fs.fail_call(fakes::Call::sync_file_system, EIO);
    CHECK(daemon.sync());
    CHECK(daemon.table().sync_failures() == 1);
    CHECK_FALSE(daemon.sync());
  }
  SECTION("of a closed segment, before") {
    fakes::FakeFileSystem fs;
    Daemon daemon(fs);
    daemon.store("web", "first");
    REQUIRE(daemon.log("web").log->rotate());
    fs.fail_call(fakes::Call::sync_data, EIO);
    daemon.store("web", "second");
    daemon.pass(6s);
    CHECK(daemon.sync());
    CHECK_FALSE(daemon.sync());
  }
  SECTION("of a directory") {
    fakes::FakeFileSystem fs;
    Daemon daemon(fs);
    daemon.store("web", "first");
    fs.fail_call(fakes::Call::sync_directory, EIO);
    daemon.pass(6s);
    CHECK(daemon.sync());
  }
}

TEST_CASE("LogTable: the last sync before an exit covers what waits for one", "[capture]") {
  for (const int logs : {2, 40}) {
    fakes::FakeFileSystem fs;
    Daemon daemon(fs);
    for (int i = 0; i < logs; ++i) daemon.store("p" + std::to_string(i), "first");
    REQUIRE(daemon.log("p0").log->rotate());
    daemon.store("p0", "second");
    fs.clear_calls();
    daemon.table().sync_before_exit();
    CHECK(fs.count(fakes::Call::sync_file_system) == (logs > 32 ? 1u : 0u));
    fs.crash();
    CHECK(has(daemon.contents("p0"), "second"));
    CHECK(has(daemon.contents("p1"), "first"));
  }
}

TEST_CASE("LogTable: a worker without room loses no sync and no answer", "[capture]") {
  fakes::FakeFileSystem fs;
  Daemon daemon(fs);
  daemon.store("web", "first");
  daemon.pass(6s);
  REQUIRE(daemon.log("web").log->append_event("second"));
  REQUIRE(daemon.log("web").log->rotate());

  std::promise<void> may_go_on;
  REQUIRE(daemon.worker().submit({.run = [&] { may_go_on.get_future().wait(); }, .done = {}}));
  while (daemon.worker().submit({.run = [] {}, .done = {}})) {
  }
  std::optional<Error> answer;
  daemon.table().sync_all([&](std::optional<Error> error) { answer = std::move(error); });
  REQUIRE(answer);
  CHECK(answer->code == ErrorCode::limit);
  daemon.table().mark_written(daemon.log("web"));
  may_go_on.set_value();

  daemon.pass(0s);
  fs.clear_calls();
  daemon.pass(6s);  // the closed segment, and the new one
  CHECK(fs.count(fakes::Call::sync_data) == 2);
  fs.crash();
  CHECK(has(daemon.contents("web"), "second"));
}

TEST_CASE("LogTable: many dirty logs are synced by one call", "[capture]") {
  for (const int logs : {32, 33}) {
    fakes::FakeFileSystem fs;
    Daemon daemon(fs);
    for (int i = 0; i < logs; ++i) daemon.store("p" + std::to_string(i), "first");
    fs.clear_calls();
    daemon.pass(6s);
    CHECK(fs.count(fakes::Call::sync_file_system) == (logs > 32 ? 1u : 0u));
    CHECK(fs.count(fakes::Call::sync_data) == (logs > 32 ? 0u : 32u));
    fs.clear_calls();
    daemon.pass(6s);
    CHECK(fs.count(fakes::Call::sync_file_system) + fs.count(fakes::Call::sync_data) == 0);
  }
}

// With sync = "never" too, where no sync ever comes by to look at the clock.
TEST_CASE("LogTable: a clock that was set back is noticed with any policy", "[capture]") {
  for (const SyncMode mode : {SyncMode::never, SyncMode::interval, SyncMode::batch}) {
    fakes::FakeFileSystem fs;
    Daemon daemon(fs, with_sync(mode));
    daemon.store("web", "first");
    daemon.clock().step_wall(-75s);
    for (int i = 0; i < 5; ++i) {
      daemon.pass(1s);
      daemon.store("web", "more");
    }
    const std::string contents = daemon.contents("web");
    const std::size_t at = contents.find("ahead of the clock");
    REQUIRE(at != std::string::npos);
    CHECK(contents.find("ahead of the clock", at + 1) == std::string::npos);
  }
}

TEST_CASE("LogTable: a directory that was moved away is left alone", "[capture]") {
  fakes::FakeFileSystem fs;
  Daemon daemon(fs);
  daemon.store("web", "first");
  fs.move("/log/web", "/log/web.old");
  daemon.pass(1s);
  daemon.store("web", "second");
  CHECK(has(daemon.contents("web"), "second"));
  CHECK_FALSE(has(daemon.contents("web"), "first"));
  CHECK_FALSE(has(daemon.contents("web.old"), "second"));

  // And back again, over what has come since: numbers and times go on behind both.
  fs.move("/log/web", "/log/web.new");
  fs.move("/log/web.old", "/log/web");
  daemon.pass(1s);
  daemon.store("web", "third");
  CHECK(has(daemon.contents("web"), "first"));
  CHECK(has(daemon.contents("web"), "third"));
  CHECK(fs.list("/log/web").back().substr(0, 10) == "current.lo");
  CHECK(daemon.log("web").log->segment_number() == 3);
}

TEST_CASE("LogTable: a current.log that could not be made is made with the next look",
          "[capture]") {
  fakes::FakeFileSystem fs;
  Daemon daemon(fs);
  daemon.store("web", "first");
  fs.fail_call(fakes::Call::rename, EIO);
  REQUIRE(daemon.log("web").log->rotate());
  daemon.store("web", "second");
  const auto leads_to_newest = [&] {
    return fs.link_target("/log/web/current.log") == daemon.log("web").log->active_name().str();
  };
  CHECK_FALSE(leads_to_newest());
  daemon.pass(1s);
  daemon.wait_for_jobs();
  CHECK(leads_to_newest());
}

TEST_CASE("LogTable: a directory that is no log is left alone", "[capture]") {
  fakes::FakeFileSystem fs;
  fs.put("/log/notes/todo.txt", "nothing");
  Daemon daemon(fs);
  CHECK(fs.list("/log/notes") == std::vector<std::string>{"todo.txt"});
}

// A line may have gone into the old one just after a look, and be the last for a long time.
TEST_CASE("LogTable: a directory that was moved is noticed without another line", "[capture]") {
  fakes::FakeFileSystem fs;
  Daemon daemon(fs);
  daemon.store("web", "first");
  fs.move("/log/web", "/log/web.old");
  daemon.pass(500ms);
  OpenLog& log = *daemon.table().find("web");
  daemon.table().look_after(log);
  REQUIRE(log.log->append_event("second"));
  daemon.table().mark_written(log);
  daemon.wait_for_jobs();
  CHECK(has(daemon.contents("web.old"), "second"));
  CHECK_FALSE(fs.exists("/log/web"));
  daemon.pass(500ms);
  REQUIRE(fs.exists("/log/web"));
  daemon.store("web", "third");
  const std::string contents = daemon.contents("web");
  CHECK(has(contents, "the directory was deleted or moved by hand: goes on here"));
  CHECK(contents.find("by hand") < contents.find("third"));
  fs.clear_calls();
  daemon.pass(2s);  // the look that is due after the last line, and the sync
  daemon.pass(6s);
  fs.clear_calls();
  daemon.pass(60s);
  CHECK(fs.calls().empty());
}

TEST_CASE("LogTable: without room for another directory the old one serves", "[capture]") {
  fakes::FakeFileSystem fs;
  Daemon daemon(fs);
  daemon.store("web", "first");
  fs.move("/log/web", "/log/web.old");
  fs.fail_all(fakes::Call::make_directory, ENOSPC);
  daemon.pass(1s);
  daemon.store("web", "second");
  CHECK(has(daemon.contents("web.old"), "second"));
  fs.fail_all(fakes::Call::make_directory, 0);
  daemon.pass(1s);
  daemon.store("web", "third");
  CHECK(has(daemon.contents("web"), "third"));
}

}  // namespace logd
