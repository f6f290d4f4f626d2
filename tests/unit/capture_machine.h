// A daemon whose disk, memory and pipes outlive it, so that a test can stop it after any step and
// begin its next life.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <set>
#include <string>

#include "capture/source.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_escrow.h"
#include "fakes/fake_file_system.h"
#include "mask/masker.h"
#include "store/current_link.h"
#include "store/process_log.h"

namespace logd {

inline constexpr std::size_t kMaxLine = 64;
inline constexpr std::uint64_t kEscrowBytes = kMaxLine * 4;
inline constexpr StreamId kRunId{1};

struct StopHere {};

// Everything that outlives a killed daemon, and the count of its steps.
struct Machine {
  fakes::FakeFileSystem fs;
  fakes::FakeClock clock;
  LedgerImage image;
  fakes::FakeStream out{kEscrowBytes};
  fakes::FakeStream err{kEscrowBytes};
  std::string out_written;
  std::string err_written;
  std::uint64_t segment_bytes = 1000;
  std::uint64_t max_rate = 0;  // lines per second; 0: off
  Masker masker;               // off
  int steps = 0;
  int stop_at = -1;
  std::set<std::string> step_names;

  Machine() { fs.make_directory("/log/web"); }

  void step(std::string_view name) {
    step_names.insert(std::string(name.substr(0, name.find(' ', name.find(' ') + 1))));
    clock.advance(Nanoseconds(50));
    if (++steps == stop_at) throw StopHere();
  }

  void write_out(const std::string& bytes) {
    out.pipe += bytes;
    out_written += bytes;
  }
  void write_err(const std::string& bytes) {
    err.pipe += bytes;
    err_written += bytes;
  }
};

// One life of the daemon: opens the log, takes up both streams, drains them, ends them.
class Life {
 public:
  explicit Life(Machine& machine, StreamId out_id = {2})
      : machine_(machine), ledger_(machine.image), masker_(machine.masker), memory_(128) {
    const auto hook = [&machine](std::string_view name) { machine.step(name); };
    machine.fs.on_step = hook;
    ledger_.set_step_hook(hook);
    auto root = machine.fs.open_directory("/log");
    auto directory = (*root)->open_directory("web", Create::yes);
    const FileStatus status = *(*directory)->status();
    const LedgerOrigin origin{{7}, status.device, status.inode};
    auto opened = ProcessLog::open(std::move(*directory), ledger_, origin, machine.clock,
                                   {.max_segment_bytes = machine.segment_bytes});
    REQUIRE(opened);
    log_ = std::move(*opened);
    if (machine.max_rate > 0) rate_ = std::make_unique<RateLimit>(machine.clock, machine.max_rate);
    out_ = attach(machine.out, Stream::out, out_id);
    err_ = attach(machine.err, Stream::err, {3});
  }

  void drain() {
    for (int idle = 0; idle < 2;) {
      std::uint64_t taken = 0;
      idle = turn(*out_, taken) && turn(*err_, taken) ? idle + 1 : 0;
    }
    if (log_->take_new_name())
      std::ignore = point_current_link(log_->directory(), log_->active_name());
  }

  // A source that takes over what out() holds.
  std::unique_ptr<Source> go_on_with(fakes::FakeStream& stream, StreamId id) {
    Source::Settings settings = out_->settings();
    auto escrow = std::make_unique<fakes::FakeEscrow>(
        stream, [this](std::string_view name) { machine_.step(name); });
    auto source = std::make_unique<Source>(std::move(escrow), *log_, masker_, memory_, settings);
    const bool is_taken_over = source->take_over(*out_, id, kRunId);
    REQUIRE(is_taken_over);
    return source;
  }

  ProcessLog& log() { return *log_; }
  Source& out() { return *out_; }
  Source& err() { return *err_; }

 private:
  std::unique_ptr<Source> attach(fakes::FakeStream& stream, Stream kind, StreamId id) {
    auto slot = ledger_.find_slot(id);
    if (!slot)
      slot = ledger_.claim_slot(
          id, kRunId, [](std::uint32_t) { return false; }, Unattached::free);
    Source::Settings settings;
    settings.stream = kind;
    settings.slot = *slot;
    settings.max_line_bytes = kMaxLine;
    settings.reset_above_bytes = 100;
    settings.rate = rate_.get();
    auto escrow = std::make_unique<fakes::FakeEscrow>(
        stream, [this](std::string_view name) { machine_.step(name); });
    auto source = std::make_unique<Source>(std::move(escrow), *log_, masker_, memory_, settings);
    const bool is_adopted =
        source->adopt();  // not inside REQUIRE, which catches what a stop throws
    REQUIRE(is_adopted);
    return source;
  }

  // True if nothing is left to do.
  static bool turn(Source& source, std::uint64_t& taken) {
    const Source::Outcome outcome = source.turn(taken);
    CHECK(outcome != Source::Outcome::broken);
    return outcome == Source::Outcome::idle || outcome == Source::Outcome::ended;
  }

  Machine& machine_;
  Ledger ledger_;
  Masker masker_;
  BatchMemory memory_;
  std::unique_ptr<ProcessLog> log_;
  std::unique_ptr<RateLimit> rate_;
  std::unique_ptr<Source> out_;
  std::unique_ptr<Source> err_;
};

}  // namespace logd
