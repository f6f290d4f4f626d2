// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <chrono>
#include <optional>
#include <thread>

#include "control/flush.h"
#include "fakes/steps.h"
#include "store/event.h"
#include "upkeep_testing.h"

using namespace logd;

namespace {

constexpr std::size_t kPieceSegments = 256;
constexpr std::size_t kPieceBytes = 8 << 20;

// A daemon that flushes the log "web", one job of the worker at a time.
class Flushing {
 public:
  explicit Flushing(UpkeepDaemon& daemon) : daemon_(daemon) {
    capture_ = CaptureLoop::create(daemon.table().loop(), daemon.table(), {}).value();
    flush_.emplace(daemon.table(), *capture_, daemon.fs,
                   control::Flush::Order{.name = {"web", kNoInstance}, .uid = 1000, .pid = 4711},
                   [this](control::Flush&, control::LogResult result) { result_ = result; });
    daemon_.settle();
    REQUIRE(flush_->start());
    daemon_.turn();
  }

  // The jobs that wait now, and what follows from them; false if none does.
  bool step() {
    const std::size_t waiting = daemon_.worker.waiting();
    for (std::size_t i = 0; i < waiting; ++i) daemon_.worker.run_one();
    daemon_.pass(std::chrono::milliseconds(1));
    return waiting > 0;
  }

  // Jobs that it takes until it begins a new segment.
  std::size_t count() {
    std::size_t jobs = 0;
    while (daemon_.log("web").log->segment_number() == number_ && step()) ++jobs;
    return jobs;
  }

  control::LogResult end() {
    while (!result_ && step()) {
    }
    REQUIRE(result_);
    return *result_;
  }

  bool has_ended() const { return result_.has_value(); }

 private:
  UpkeepDaemon& daemon_;
  std::uint64_t number_ = daemon_.log("web").log->segment_number();
  std::unique_ptr<CaptureLoop> capture_;
  std::optional<control::LogResult> result_;
  std::optional<control::Flush> flush_;
};

std::size_t bytes_of(const UpkeepDaemon& daemon, std::uint64_t first, std::uint64_t last) {
  std::size_t bytes = 0;
  for (std::uint64_t number = first; number <= last; ++number)
    bytes += daemon.fs.contents(daemon.file("web", number)).size();
  return bytes;
}

std::string contents(const UpkeepDaemon& daemon) {
  std::string all;
  for (const std::string& name : daemon.fs.list("/log/web"))
    if (parse_segment_name(name)) all += daemon.fs.contents("/log/web/" + name);
  return all;
}

}  // namespace

TEST_CASE("Flush: counts many segments in one job, but not too many", "[control]") {
  UpkeepDaemon daemon(quiet_config());
  daemon.start();
  daemon.fill("web", 2 * kPieceSegments + 1);
  daemon.store("web", "in the active segment");
  const std::size_t bytes = bytes_of(daemon, 1, 2 * kPieceSegments + 2);
  Flushing flush(daemon);
  CHECK(flush.count() == 3);
  const control::LogResult result = flush.end();
  CHECK(result.error == "");
  CHECK(result.records == 2 * kPieceSegments + 2);
  CHECK(result.bytes == bytes);
  CHECK(daemon.segments("web") == std::to_string(2 * kPieceSegments + 3) + ".log");
  CHECK(contents(daemon).ends_with(flushed_event(1000, 4711, result.records, bytes) + "\n"));
}

TEST_CASE("Flush: a large segment is counted in pieces, wherever its records lie", "[control]") {
  UpkeepDaemon daemon(quiet_config());
  daemon.start();
  daemon.fill("web", 2);
  const std::string record = daemon.fs.contents(daemon.file("web", 1));
  REQUIRE(kPieceBytes % record.size() != 0);
  std::string large;
  while (large.size() < 2 * kPieceBytes + 1000) large += record;
  daemon.fs.put(daemon.file("web", 1), large);
  Flushing flush(daemon);
  CHECK(flush.count() == 3);
  const control::LogResult result = flush.end();
  CHECK(result.records == large.size() / record.size() + 1);
  CHECK(result.bytes == large.size() + record.size());
}

TEST_CASE("Flush: a segment that has gone meanwhile counts nothing", "[control]") {
  UpkeepDaemon daemon(quiet_config());
  daemon.start();
  daemon.fill("web", 3);
  Flushing flush(daemon);
  daemon.fs.remove(daemon.file("web", 2));
  const control::LogResult result = flush.end();
  CHECK(result.error == "");
  CHECK(result.records == 2);
  CHECK(daemon.segments("web") == "5.log");
}

TEST_CASE("Flush: does not run for ever after a log that rotates", "[control]") {
  UpkeepDaemon daemon(quiet_config());
  daemon.start();
  daemon.fill("web", 1);
  Flushing flush(daemon);
  int rotations = 0;
  while (!flush.has_ended() && !daemon.log("web").is_flushing && rotations < 200) {
    daemon.fill("web", 1);
    ++rotations;
    flush.step();
  }
  CHECK(rotations < 40);  // a round may need a job for what was closed, and one for the rest
  const control::LogResult result = flush.end();
  CHECK(result.error == "");
  CHECK(result.records == static_cast<std::uint64_t>(rotations) + 1);
}

TEST_CASE("Flush: a slow disk deletes a segment a job, so that syncs get their turn", "[control]") {
  constexpr std::size_t kSegments = 4;
  UpkeepDaemon daemon(quiet_config());
  daemon.start();
  daemon.fill("web", kSegments);
  Flushing flush(daemon);
  flush.count();
  daemon.fs.on_step = [](std::string_view step) {
    if (step.starts_with("before remove"))
      std::this_thread::sleep_for(std::chrono::milliseconds(11));
  };
  std::size_t jobs = 0;
  while (!flush.has_ended() && flush.step()) ++jobs;
  daemon.fs.on_step = {};
  CHECK(flush.has_ended());
  CHECK(jobs >= kSegments);
}

TEST_CASE("Flush: is finished by the next start wherever a kill cuts it short",
          "[control][crash]") {
  std::size_t finished = 0;
  std::size_t steps_in_all = 1;
  for (std::size_t step = 0; step < steps_in_all; ++step) {
    UpkeepDaemon daemon(quiet_config());
    fakes::Steps steps;
    daemon.start();
    daemon.fill("web", 5);
    daemon.fs.on_step = steps.hook();
    if (step > 0) steps.stop_at(step - 1);
    try {
      Flushing flush(daemon);
      flush.end();
      steps_in_all = steps.count() + 1;
    } catch (const fakes::StopHere&) {
      daemon.stop();
      daemon.fs.restart();
    }
    steps.restart();
    if (step > 0) daemon.start();
    daemon.store("web", "after it");
    daemon.settle();
    INFO("stopped at step " << step << " of " << steps_in_all);
    const std::string kept = contents(daemon);
    const bool has_event = kept.find("flushed by uid 1000") != kept.npos;
    CHECK(kept.ends_with("after it\n"));
    CHECK((has_event || kept.find("line") != kept.npos));
    // One or the other: the old lines, or the event that tells of their end.
    CHECK(has_event == (kept.find("F line") == kept.npos));
    finished += has_event;
  }
  CHECK(steps_in_all > 10);
  CHECK(finished > 5);
}
