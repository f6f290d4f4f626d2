// Finds what must be masked in a text, for the rules in force: one pass that finds the keywords and
// shapes, then a look by each rule at its own.
//
// On a clean line only the pass costs anything. What is found are edits; what is written instead is
// redaction.h's business. Rules are never left out because of load: where the looks at one line
// cost more than a budget that grows with the line's length, the rest of the line is masked unseen,
// and counted. Immutable; any thread with a Scratch of its own.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "mask/literal_finder.h"
#include "mask/rule_set.h"
#include "mask/shape_gates.h"

namespace logd {

// A rule that is in force, and how.
struct RuleInForce {
  std::size_t rule = 0;  // in the RuleSet
  RuleState state = RuleState::on;
  Style style = Style::token;
};

// Bytes to be masked. `slot` is a place in rules_in_force(), or one of those below.
struct Edit {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint16_t slot = 0;
  friend bool operator==(const Edit&, const Edit&) = default;
};

inline constexpr std::uint16_t kUnverifiedSlot = 0xffff;   // budget exceeded
inline constexpr std::uint16_t kEnvironmentSlot = 0xfffe;  // a literal of the process's environment
inline constexpr std::uint16_t kUserLiteralSlot = 0xfffd;  // a literal of the user's file
inline constexpr std::uint16_t kCutSlot = 0xfffc;  // the rest of a secret that a cut went through
inline constexpr std::uint16_t kFirstOwnSlot = kCutSlot;

// The id that such a slot has in a mask: "unverified"; empty for a rule's slot.
std::string_view id_of_own_slot(std::uint16_t slot);

// Sorts edits and joins those that overlap: the longest names the mask, then the one of higher
// severity (`severities` by slot), then the first rule.
void join_edits(std::vector<Edit>& edits, std::span<const Severity> severities);

class MaskEngine {
 public:
  // Memory that a search needs, kept from one to the next, and what is counted.
  struct Scratch {
    std::vector<LiteralFinder::Hit> literals;
    std::vector<ShapeHit> shapes;
    std::vector<Edit> masks;               // of ours that the text holds already
    std::vector<std::uint32_t> key_lines;  // where lines begin on which a private key begins
    std::vector<RuleCounters> counters;    // by slot
    std::uint64_t unverified = 0;          // rests of lines masked because of the budget
    std::uint64_t bytes = 0;               // searched
  };

  // `rules` must outlive the engine. `allowed`: what the policy lets stand, whatever the rule.
  MaskEngine(const RuleSet& rules, std::vector<RuleInForce> in_force, AllowedSecrets allowed);

  // Appends what must be masked in `text`, lines with a newline between them: sorted, not
  // overlapping, never over a line's end. At most 1 GiB.
  void find(std::string_view text, Scratch& scratch, std::vector<Edit>& edits) const;

  // Bytes of the unfinished line `text` that no rule could still want to see together with what
  // follows: those in front of the first keyword whose window goes beyond the end.
  std::size_t settled_bytes(std::string_view text, Scratch& scratch) const;

  const std::vector<RuleInForce>& rules_in_force() const { return in_force_; }
  const Rule& rule_of(std::uint16_t slot) const { return compiled(slot).rule(); }
  std::span<const Severity> severities() const { return severities_; }
  const RuleSet& rule_set() const { return rules_; }
  const LiteralFinder& finder() const { return *finder_; }
  // Of the first rule that finds private keys; kUnverifiedSlot where none is in force.
  std::uint16_t key_slot() const { return key_slot_; }

 private:
  class Search;

  struct Literal {
    std::string text;
    std::vector<std::uint16_t> slots;
    bool is_row = false;  // of one character
  };

  const CompiledRule& compiled(std::uint16_t slot) const {
    return rules_.rules()[in_force_[slot].rule];
  }
  void add_rule(std::uint16_t slot);
  void add_literal(std::string_view text, std::uint16_t slot);
  bool is_own_mask(std::string_view text) const;
  std::size_t bytes_before_begun_keyword(std::string_view text) const;
  std::size_t bytes_before_near_word(std::string_view text) const;
  bool may_go_on(const KeywordHit& hit, std::uint16_t slot, std::size_t& budget_bytes) const;

  const RuleSet& rules_;
  std::vector<RuleInForce> in_force_;
  AllowedSecrets allowed_;
  std::vector<Severity> severities_;
  std::vector<Literal> literals_;
  std::vector<std::uint16_t> slots_of_shape_[5];
  std::vector<std::uint16_t> whole_line_slots_;
  ShapeSet shapes_ = 0;
  std::uint16_t key_slot_ = kUnverifiedSlot;
  std::optional<LiteralFinder> finder_;
  std::unordered_set<std::string_view> ids_;  // that a mask may have
};

}  // namespace logd
