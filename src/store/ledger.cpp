// SPDX-License-Identifier: Apache-2.0
#include "store/ledger.h"

#include <algorithm>
#include <atomic>

#include "logd/result.h"

namespace logd {
namespace {

constexpr std::array<char, 8> kMagic{'l', 'o', 'g', 'd', 'l', 'd', 'g', 'r'};
constexpr std::uint32_t kVersion = 3;

// Keeps the compiler from moving stores across: the order in which a kill can see them is the order
// written here.
void in_order() { std::atomic_signal_fence(std::memory_order_seq_cst); }

}  // namespace

bool Ledger::belongs_to(const LedgerOrigin& origin) const {
  return image_->magic == kMagic && image_->version == kVersion &&
         image_->boot_id == origin.boot_id && image_->directory_device == origin.directory_device &&
         image_->directory_inode == origin.directory_inode;
}

bool Ledger::is_of_boot(const std::array<std::uint8_t, 16>& boot_id) const {
  return image_->magic == kMagic && image_->boot_id == boot_id;
}

void Ledger::reset(const LedgerOrigin& origin) {
  image_->magic = {};  // not believed until everything else is in place
  in_order();
  *image_ = LedgerImage{};
  image_->version = kVersion;
  image_->boot_id = origin.boot_id;
  image_->directory_device = origin.directory_device;
  image_->directory_inode = origin.directory_inode;
  in_order();
  image_->magic = kMagic;
  step("ledger reset");
}

void Ledger::move_to(const LedgerOrigin& origin) {
  image_->directory_device = origin.directory_device;
  image_->directory_inode = origin.directory_inode;
}

void Ledger::set_live(const LedgerSegment& segment) {
  const std::uint32_t spare = (image_->live_index & 1) ^ 1;
  image_->live[spare] = segment;
  in_order();
  step("live segment prepared");
  image_->live_index = spare;
  in_order();
  step("live segment named");
}

void Ledger::begin(const LedgerIntent& intent) {
  LOGD_ASSERT(!has_intent());
  image_->intent = intent;
  image_->intent.valid = 0;
  in_order();
  step("intent written");
  image_->intent.valid = 1;
  in_order();
  step("intent valid");
}

void Ledger::commit() {
  const LedgerIntent& intent = image_->intent;
  if (intent.slot != kNoSlot) {
    image_->slots[intent.slot] = intent.after;
    image_->run_count = std::max(image_->run_count, intent.after.run);
    in_order();
    step("slot moved");
  }
  if (intent.records > 0) {
    image_->last_time = intent.first_time + static_cast<std::int64_t>(intent.records) - 1;
    in_order();
    step("time moved");
  }
  image_->intent.valid = 0;
  in_order();
  step("intent cleared");
}

void Ledger::commit_part(std::uint64_t records) {
  const LedgerIntent& intent = image_->intent;
  if (records > 0) {
    if (intent.slot != kNoSlot) {
      LedgerSlot& slot = image_->slots[intent.slot];
      slot.skip_max_line = intent.max_line;
      slot.skip_records = intent.skip_before + records;
    }
    in_order();
    step("part counted");
    image_->last_time = intent.first_time + static_cast<std::int64_t>(records) - 1;
    in_order();
    step("time moved");
  }
  image_->intent.valid = 0;
  in_order();
  step("intent cleared");
}

std::optional<std::uint32_t> Ledger::find_slot(const StreamId& id) const {
  for (std::uint32_t i = 0; i < kLedgerSlots; ++i)
    if (image_->slots[i].has(kSlotInUse) && image_->slots[i].id == id) return i;
  return std::nullopt;
}

std::optional<std::uint32_t> Ledger::claim_slot(
    const StreamId& id, const StreamId& run_id,
    const std::function<bool(std::uint32_t)>& is_attached, Unattached unattached) {
  const auto rank = [&](std::uint32_t index) {  // lower is better
    const LedgerSlot& slot = image_->slots[index];
    if (!slot.has(kSlotInUse)) return 0;
    if (unattached == Unattached::taken || is_attached(index)) return 3;
    return slot.has(kSlotEnded) ? 1 : 2;
  };
  std::uint32_t best = 0;
  int best_rank = 3;
  for (std::uint32_t i = 0; i < kLedgerSlots && best_rank > 0; ++i) {
    const int its_rank = rank(i);
    if (its_rank < best_rank) {
      best = i;
      best_rank = its_rank;
    }
  }
  if (best_rank == 3) return std::nullopt;

  image_->slots[best].flags = 0;
  in_order();
  LedgerSlot fresh;
  fresh.id = id;
  fresh.run_id = run_id;
  image_->slots[best] = fresh;
  in_order();
  image_->slots[best].flags = kSlotInUse;
  step("slot claimed");
  return best;
}

void Ledger::free_slot(std::uint32_t index) {
  image_->slots[index].flags = 0;
  in_order();
  step("slot freed");
}

void Ledger::hand_on_slot(std::uint32_t index, const StreamId& id, const StreamId& run_id) {
  LedgerSlot& slot = image_->slots[index];
  slot.dropped_lines = 0;
  slot.dropped_bytes = 0;
  slot.run_id = run_id;
  in_order();
  slot.id = id;
  in_order();
  step("slot handed on");
}

void Ledger::reset_cursor(std::uint32_t index) {
  image_->slots[index].skip_records = 0;
  in_order();
  image_->slots[index].cursor = 0;
  in_order();
  step("cursor reset");
}

void Ledger::set_last_time(WallTime time) { image_->last_time = time.time_since_epoch().count(); }

void Ledger::begin_flush(const LedgerFlush& flush) {
  LedgerFlush prepared = flush;
  prepared.up_to = 0;
  image_->flush = prepared;
  in_order();
  image_->flush.up_to = flush.up_to;
  in_order();
  step("flush noted");
}

void Ledger::end_flush() {
  image_->flush.up_to = 0;
  in_order();
  step("flush done");
}

}  // namespace logd
