// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <memory>

#include "store/ledger.h"

namespace logd {
namespace {

constexpr StreamId kRun{9};
constexpr StreamId kNew{0xff};

StreamId numbered(std::size_t i) { return {1, static_cast<std::uint8_t>(i)}; }

bool nobody(std::uint32_t) { return false; }

// A ledger of which every slot is in use.
struct FullLedger {
  std::unique_ptr<LedgerImage> image = std::make_unique<LedgerImage>();
  Ledger ledger{*image};

  FullLedger() {
    for (std::size_t i = 0; i < kLedgerSlots; ++i)
      ledger.claim_slot(numbered(i), kRun, nobody, Unattached::taken);
  }
};

}  // namespace

TEST_CASE("Ledger: a slot whose shim may come back is not given away", "[store]") {
  FullLedger full;
  full.image->slots[7].flags |= kSlotEnded;
  CHECK_FALSE(full.ledger.claim_slot(kNew, kRun, nobody, Unattached::taken));
  for (std::size_t i = 0; i < kLedgerSlots; ++i) CHECK(full.ledger.find_slot(numbered(i)) == i);

  full.ledger.free_slot(11);
  CHECK(full.ledger.claim_slot(kNew, kRun, nobody, Unattached::taken) == 11);
}

TEST_CASE("Ledger: of slots that nobody is attached to, those that have ended go first",
          "[store]") {
  FullLedger full;
  full.image->slots[7].flags |= kSlotEnded;
  const auto is_attached = [](std::uint32_t index) { return index != 3 && index != 7; };
  CHECK(full.ledger.claim_slot(kNew, kRun, is_attached, Unattached::free) == 7);
  CHECK(full.ledger.claim_slot(
            {0xfe}, kRun, [](std::uint32_t index) { return index != 3; }, Unattached::free) == 3);
  CHECK_FALSE(full.ledger.claim_slot(
      {0xfd}, kRun, [](std::uint32_t) { return true; }, Unattached::free));
}

TEST_CASE("Ledger: a slot that is handed on keeps where it is, under other ids", "[store]") {
  FullLedger full;
  full.image->slots[5].cursor = 42;
  full.image->slots[5].flags |= kSlotMidLine;
  full.image->slots[5].dropped_lines = 3;
  full.ledger.hand_on_slot(5, kNew, {8});
  CHECK_FALSE(full.ledger.find_slot(numbered(5)));
  REQUIRE(full.ledger.find_slot(kNew) == 5);
  CHECK(full.ledger.slot(5).cursor == 42);
  CHECK(full.ledger.slot(5).has(kSlotMidLine));
  CHECK(full.ledger.slot(5).dropped_lines == 0);
  CHECK(full.ledger.slot(5).run_id == StreamId{8});
}

}  // namespace logd
