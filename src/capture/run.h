// Follows one run from its hand-over to its end: start event, streams, exit event, farewell to the
// shim.
//
// A run outlives its connection: the shim may have been killed, or left a keeper that comes back.
// When a FIFO's keeper has died while a writer has the FIFO open, its run goes on draining until
// the next keeper hands over the same FIFO: then the new run takes over each stream, with the rest
// of its line, so that never two read one FIFO. Which message says what is capture_server.h's
// business. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "capture/capture_loop.h"
#include "capture/handover.h"
#include "store/event.h"

namespace logd {

// What a run needs of its stream, checked and ready.
struct StreamParts {
  StreamId id{};
  Stream stream = Stream::out;
  UniqueFd pipe;
  UniqueFd escrow;
  std::uint64_t escrow_bytes = 0;
  std::uint64_t dropped_lines = 0;
  std::uint64_t dropped_bytes = 0;
};

struct RunParts {
  StreamId run_id{};
  std::uint32_t uid = 0;
  std::int32_t pid = 0;
  std::string command;
  bool is_fifo = false;
  std::vector<StreamParts> streams;
};

class Run final : public FeedListener {
 public:
  struct Callbacks {
    std::function<void(Run&)> stored;  // all is stored: tell the shim
    std::function<void(Run&)> retry;   // something could not be written now: call step() later
  };

  // Claims slots in the log's ledger, or finds the ones that a predecessor used.
  // Errors: limit (no slot free), invalid (an escrow contradicts itself).
  static Result<std::unique_ptr<Run>> create(CaptureLoop& loop, LogTable& logs, OpenLog& log,
                                             const Masker& masker, RunParts parts,
                                             Callbacks callbacks);
  ~Run() override;

  void started(std::int32_t pid);
  void exited(std::int32_t pid, std::int32_t code, std::int32_t signal);
  void shim_is_lost();

  // Begins to drain, once: the start event comes first.
  void begin();
  // Does whatever can be done now towards the end of the run.
  void step();

  bool is_fifo() const { return parts_.is_fifo; }
  bool needs_retry() const { return needs_retry_; }
  bool is_finished() const { return is_finished_; }
  // The shim knows it: what the ledger keeps of the run may go.
  void forget();

  const StreamId& id() const { return parts_.run_id; }
  std::uint32_t uid() const { return parts_.uid; }
  OpenLog& log() { return log_; }
  const std::vector<std::unique_ptr<Feed>>& feeds() const { return feeds_; }

  void feed_is_idle(Feed& feed) override;
  void feed_has_ended(Feed& feed) override;
  void feed_is_broken(Feed& feed) override;
  void feed_is_taken_over(Feed& feed) override;

 private:
  Run(CaptureLoop& loop, LogTable& logs, OpenLog& log, RunParts parts, Callbacks callbacks);
  Result<void> claim(const Masker& masker);
  Result<void> add_feed(StreamParts& stream, const Masker& masker);
  Feed* predecessor_of(const StreamParts& stream);
  bool take_over(Feed& feed, Feed& from, const StreamId& id);
  void end_early(Feed& feed);
  std::size_t index_of(const Feed& feed) const;
  void share_streams();
  void want_retry();
  void add_feeds();
  bool store_start_event();
  bool store_exit_event();
  bool store_dropped_events();
  bool append_event(std::uint32_t slot, const LedgerSlot& after, const std::string& text);
  Result<void> try_to_append(std::uint32_t slot, const LedgerSlot& after, const std::string& text);
  bool drain(Source& source);
  std::string exit_text();
  const LedgerSlot& lead() const;

  CaptureLoop& loop_;
  LogTable& logs_;
  OpenLog& log_;
  RunParts parts_;
  Callbacks callbacks_;
  std::vector<std::unique_ptr<Feed>> feeds_;
  std::vector<bool> was_idle_after_exit_;
  std::vector<bool> is_broken_;
  std::vector<bool> is_taken_over_;
  bool has_begun_ = false;
  bool is_added_ = false;  // its feeds are in the loop, be it only to drop
  bool exit_is_known_ = false;
  bool is_lost_ = false;
  bool is_finished_ = false;
  bool needs_retry_ = false;
  std::int32_t exit_pid_ = 0;
  std::int32_t exit_code_ = 0;
  std::int32_t exit_signal_ = 0;
};

}  // namespace logd
