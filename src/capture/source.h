// Drives one stream from its escrow into its log: take, copy, encode, append, advance.
//
// Holds the order of steps that `kill -9` may interrupt anywhere (logd-format(5), "Crash
// protocol"). When to take a turn is capture_loop.h's business, where the bytes go process_log.h's.
// Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "capture/batch.h"
#include "capture/escrow.h"
#include "capture/line_dropper.h"
#include "capture/rate_limit.h"
#include "store/process_log.h"

namespace logd {

// Memory and settings that all sources of a loop share.
class BatchMemory {
 public:
  explicit BatchMemory(std::size_t batch_bytes) : batch_bytes_(batch_bytes) {}

  // Room for a batch of lines up to `max_line_bytes`.
  char* input(std::size_t max_line_bytes);
  OutputBuffer& output(std::size_t max_line_bytes);
  std::size_t input_bytes() const { return input_.size(); }
  std::size_t batch_bytes() const { return batch_bytes_; }

 private:
  std::size_t batch_bytes_;
  std::vector<char> input_;
  std::unique_ptr<OutputBuffer> output_;
};

struct SourceCounters {
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;  // taken from the pipe
  std::uint64_t cut_pieces = 0;
  std::uint64_t batches = 0;  // stored
  std::array<DroppedLines, kDropReasons> dropped{};
};

class Source {
 public:
  struct Settings {
    Stream stream = Stream::out;
    std::uint32_t slot = kNoSlot;
    std::size_t max_line_bytes = 256 << 10;
    std::uint64_t reset_above_bytes = 64
                                      << 10;  // an escrow filled further starts at the front again
    RateLimit* rate = nullptr;                // of the log; null: none
  };

  enum class Outcome {
    idle,     // the pipe is empty
    more,     // a batch was stored; there may be more
    ended,    // the input has ended and all of it is stored
    stalled,  // the disk does not take it now; error() says why
    broken,   // the other side has made the descriptors unusable
  };

  // All references must outlive the source.
  Source(std::unique_ptr<Escrow> escrow, ProcessLog& log, const Masker& masker, BatchMemory& memory,
         Settings settings);

  // Takes up what a predecessor left. False if the escrow contradicts itself.
  bool adopt();

  // Instead of adopt(), where `from` drains the same FIFO and its keeper has died: goes on in the
  // middle of its line, with its slot (settings().slot) under the ids of this stream. What its
  // escrow holds is copied to the same place in ours, then the slot is handed on, then our position
  // moves. A kill in between ends `from`'s escrow, which nobody else holds, and leaves ours empty:
  // nothing is doubled, and nothing is lost that was not lost with the keeper. False, and nothing
  // has changed, if our escrow is not empty or one of the two is unusable.
  bool take_over(Source& from, const StreamId& id, const StreamId& run_id);

  // Takes nothing more out of the pipe: the stream ends with what the escrow holds.
  void stop_taking() { input_ended_ = true; }

  // Stores one batch: what is in the escrow, else what is in the pipe. `taken` gets the bytes that
  // came out of the pipe.
  Outcome turn(std::uint64_t& taken);

  // As turn(), but drops all whole lines: the disk does not take them. `stalled` means here that
  // the input has ended and only its events are left to be stored.
  Outcome drop_turn(std::uint64_t& taken);

  // Something was dropped that no event tells yet.
  bool has_untold() const;
  // ... and may: the line that is being dropped has ended.
  bool can_tell() const { return has_untold() && !slot().has(kSlotDropsLine); }
  // Stores the events that tell it, if it can. False if the disk does not take them; error() says
  // why.
  bool tell_dropped();

  // Stores what is in the escrow and takes nothing new: for an orderly stop.
  Outcome drain_escrow();

  // Stores the part of an unfinished line before its last token border as a piece. True if there
  // was one.
  bool store_idle_part();

  // Closes a piece that was stored, since a second source of the stream comes. True if there was
  // one.
  bool close_open_piece();

  // Whole lines in the escrow of which nothing is stored yet, and forgetting them, as a flush does.
  std::uint64_t count_whole_lines();
  void discard_whole_lines();

  // Starts the escrow at its front if that is possible, and gives its memory back.
  void give_back_memory();

  // Makes the escrow hold at most `bytes` or what the disk does not take: an unfinished line of
  // more than half of that is stored in pieces, as if max_line were that small. True if something
  // was stored; a disk that gives out shows in the next turn.
  bool shrink(std::uint64_t bytes);

  // Memory that the escrow takes, for all we know.
  std::uint64_t held_bytes() const { return held_bytes_; }

  bool has_unfinished_line() const { return position_ > cursor() && !ended_; }
  bool is_mid_line() const { return slot().has(kSlotMidLine); }
  bool has_ended() const { return ended_; }
  bool lacked_newline() const { return slot().has(kSlotNoNewline); }
  std::uint64_t position() const { return position_; }
  const Error& error() const { return error_; }
  const SourceCounters& counters() const { return counters_; }
  const Settings& settings() const { return settings_; }
  const LedgerSlot& slot() const { return log_.ledger().slot(settings_.slot); }
  Escrow& escrow() { return *escrow_; }
  ProcessLog& log() { return log_; }

  // Several sources write the same stream of one log.
  void set_shared_stream(bool shared) { is_shared_ = shared; }
  void set_rate(RateLimit* rate) { settings_.rate = rate; }
  void set_reset_above(std::uint64_t bytes) { settings_.reset_above_bytes = bytes; }
  bool is_shared_stream() const { return is_shared_; }

 private:
  std::uint64_t cursor() const { return slot().cursor; }
  std::optional<Outcome> fill(std::uint64_t& taken);
  Outcome take(std::uint64_t& taken);
  Outcome store(EndOfInput end);
  bool found_no_newline();
  std::size_t look_ahead_bytes() const;
  bool is_in_gap() const { return settings_.rate != nullptr && settings_.rate->is_in_gap(); }
  bool is_over_rate() const;
  bool drop(DropReason reason, DropExtent extent, EndOfInput end);
  bool count_skipped();
  bool store_record(std::string_view record, const LedgerSlot& after);
  std::string_view whole_lines_from(std::uint64_t offset);
  bool append(const Batch& batch, WallTime first_time, std::size_t max_line_bytes);
  bool make_room();
  bool move_to_front();
  void note_held() { held_bytes_ = std::max(held_bytes_, position_); }

  std::unique_ptr<Escrow> escrow_;
  ProcessLog& log_;
  const Masker& masker_;
  BatchMemory& memory_;
  Settings settings_;
  std::uint64_t position_ = 0;  // of the escrow, as we know it
  std::uint64_t held_bytes_ = 0;
  std::uint64_t scanned_ = 0;  // [cursor, scanned) is known to hold no whole record
  bool input_ended_ = false;
  bool ended_ = false;
  bool is_shared_ = false;
  bool is_shrinking_ = false;
  Error error_;
  SourceCounters counters_;
};

}  // namespace logd
