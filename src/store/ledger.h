// Keeps, in memory that outlives the daemon, what makes a batch all-or-nothing across `kill -9`.
//
// One ledger belongs to one log. It names the live segment, holds one slot for each stream that
// writes into the log, and at most one intent: the append that is under way. Each change is a few
// plain stores in an order that recovery relies on; program order is enough, because a killed
// process's earlier stores are visible to the next one (a power cut ends the boot, and with it the
// ledger). The mapping itself is ledger_file.h's business, what to do with an unfinished intent is
// process_log.h's. Layout and worked example: logd-format(5). Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "logd/file_system.h"
#include "logd/units.h"
#include "store/event.h"

namespace logd {

using StreamId = std::array<std::uint8_t, 16>;

enum SlotFlags : std::uint32_t {
  kSlotInUse = 1,
  kSlotMidLine = 2,     // the last record of the stream was a piece; the line goes on
  kSlotEnded = 4,       // the input has ended and all of it is stored
  kSlotNoNewline = 8,   // ... and its last line had no newline
  kSlotStarted = 16,    // the run's start event is stored   (first stream of a run only)
  kSlotExited = 32,     // the run's exit event is stored    (first stream of a run only)
  kSlotDropsLine = 64,  // the line at the cursor has lost its beginning: the rest goes too
  kSlotCutOff = 128,    // the end of a line was dropped of which pieces are stored
};

struct DroppedLines {
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
};

// How far one stream has got. A copy of it, changed, is part of each intent.
struct LedgerSlot {
  StreamId id{};
  StreamId run_id{};
  std::uint64_t cursor = 0;         // escrow position up to which everything is stored
  std::uint64_t skip_records = 0;   // records behind the cursor that are stored already
  std::uint64_t skip_max_line = 0;  // max_line that those records were cut with
  std::uint64_t dropped_lines = 0;  // by the shim, as far as events tell it
  std::uint64_t dropped_bytes = 0;
  std::uint64_t run = 0;  // number of the run
  std::uint32_t flags = 0;
  std::uint32_t mask_state = 0;                     // MaskState::packed(), behind the cursor
  std::array<DroppedLines, kDropReasons> untold{};  // by logd, and no event tells it yet

  bool has(SlotFlags flag) const { return (flags & flag) != 0; }
};

inline constexpr std::uint32_t kNoSlot = 0xffffffff;
inline constexpr std::size_t kLedgerSlots = 160;

struct LedgerSegment {
  std::uint64_t number = 0;  // 0: none yet
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t bytes = 0;  // its size after the last append; less: somebody has cut it
};

// An append under way: `length` bytes at `offset`, `records` in number; `after` is the slot once
// they are stored.
struct LedgerIntent {
  std::uint32_t valid = 0;
  std::uint32_t slot = kNoSlot;
  LedgerSlot after;
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t records = 0;
  std::int64_t first_time = 0;    // ns since 1970; later records get 1 ns more each
  std::uint64_t skip_before = 0;  // the slot's skip_records before this batch
  std::uint64_t max_line = 0;     // what the batch was cut with
};

enum FlushFlags : std::uint32_t {
  kFlushArchives = 1,  // archives go too
};

// A flush under way: all plain segments up to `up_to` go.
struct LedgerFlush {
  std::uint64_t up_to = 0;  // 0: none
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint32_t uid = 0;
  std::int32_t pid = 0;
  std::uint32_t flags = 0;
  std::uint32_t reserved = 0;
};

// What the mapped file holds.
struct LedgerImage {
  std::array<char, 8> magic{};
  std::uint32_t version = 0;
  std::uint32_t live_index = 0;
  std::array<std::uint8_t, 16> boot_id{};
  std::uint64_t directory_device = 0;
  std::uint64_t directory_inode = 0;
  std::array<LedgerSegment, 2> live;  // live[live_index] is in force
  std::int64_t last_time = 0;         // of the last record of the log, ns since 1970
  std::uint64_t run_count = 0;
  LedgerFlush flush;
  LedgerIntent intent;
  std::array<LedgerSlot, kLedgerSlots> slots;
};

inline constexpr std::size_t kLedgerBytes = 20480;
static_assert(sizeof(LedgerImage) <= kLedgerBytes);

// What a ledger must name to be believed.
struct LedgerOrigin {
  std::array<std::uint8_t, 16> boot_id{};
  std::uint64_t directory_device = 0;
  std::uint64_t directory_inode = 0;
};

// What a slot in use is that nobody is attached to: soon after a start its shim may yet come back.
enum class Unattached { free, taken };

class Ledger {
 public:
  // Called after each store that a crash could follow, with its name; for tests that stop there.
  using StepHook = std::function<void(std::string_view)>;

  // `image` must outlive the ledger. A fresh one is all zero.
  explicit Ledger(LedgerImage& image) : image_(&image) {}

  void set_step_hook(StepHook hook) { hook_ = std::move(hook); }

  // True if the image is of this format, this boot and this directory; otherwise nothing in it may
  // be used.
  bool belongs_to(const LedgerOrigin& origin) const;

  // True if the image is a ledger of this boot at all: streams that it knew may still be there.
  bool is_of_boot(const std::array<std::uint8_t, 16>& boot_id) const;

  // Makes an empty ledger for `origin`.
  void reset(const LedgerOrigin& origin);

  // The log's directory is another now; everything else holds.
  void move_to(const LedgerOrigin& origin);

  const LedgerSegment& live() const { return image_->live[image_->live_index & 1]; }
  void set_live(const LedgerSegment& segment);  // one store decides which is in force
  // Set before the append is committed: until then the intent tells what the size may be.
  void set_live_bytes(std::uint64_t bytes) { image_->live[image_->live_index & 1].bytes = bytes; }

  const LedgerIntent& intent() const { return image_->intent; }
  bool has_intent() const { return image_->intent.valid != 0; }

  // Writes down what is about to be appended. Requires that none is under way.
  void begin(const LedgerIntent& intent);

  // The append is complete: the slot becomes intent.after. Safe to repeat until it has returned.
  void commit();

  // Only the first `records` of it are in the segment, and nothing behind them: they are skipped
  // when the input is taken again. Safe to repeat until it has returned.
  void commit_part(std::uint64_t records);

  const LedgerSlot& slot(std::uint32_t index) const { return image_->slots[index]; }
  std::optional<std::uint32_t> find_slot(const StreamId& id) const;

  // A slot for a new stream: a free one, else, with Unattached::free, one that nobody is attached
  // to, first those that have ended. (A shim that died together with the daemon leaves such slots.)
  // Nothing if there is none.
  std::optional<std::uint32_t> claim_slot(const StreamId& id, const StreamId& run_id,
                                          const std::function<bool(std::uint32_t)>& is_attached,
                                          Unattached unattached);
  void free_slot(std::uint32_t index);

  // Another stream goes on with this slot: all of it holds but the ids, and what was dropped, which
  // the new shim counts from 0. A kill leaves the slot to the one or to nobody.
  void hand_on_slot(std::uint32_t index, const StreamId& id, const StreamId& run_id);

  // The escrow begins with an unfinished line, or is empty: nothing behind the cursor is stored.
  void reset_cursor(std::uint32_t index);

  WallTime last_time() const { return WallTime(Nanoseconds(image_->last_time)); }
  void set_last_time(WallTime time);
  std::uint64_t run_count() const { return image_->run_count; }

  const LedgerFlush& flush() const { return image_->flush; }
  void begin_flush(const LedgerFlush& flush);
  void end_flush();

 private:
  void step(std::string_view name) {
    if (hook_) [[unlikely]]
      hook_(name);
  }

  LedgerImage* image_;
  StepHook hook_;
};

}  // namespace logd
