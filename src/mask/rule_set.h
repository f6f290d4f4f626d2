// Makes rules work: compiles each into what finds its secrets at a keyword, and checks what was
// found: borders, words nearby, validators, allow list.
//
// Where the keywords stand is literal_finder.h's business, which rules are in force the policy's.
// Immutable once made; any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "logd/result.h"
#include "mask/context_pattern.h"
#include "mask/regex.h"
#include "mask/rule.h"
#include "mask/scanner.h"
#include "mask/token_pattern.h"
#include "mask/validators.h"

namespace logd {

// What became of the keyword hits of one rule.
struct RuleCounters {
  std::uint64_t hits = 0;         // keywords or shapes looked at
  std::uint64_t masked = 0;       // secrets found
  std::uint64_t rejected = 0;     // ... that a validator turned down
  std::uint64_t allowed = 0;      // ... that an allow list lets stand
  std::uint64_t nanoseconds = 0;  // spent on them, estimated from one hit in kTimedHits
  std::uint64_t value_bytes = 0;  // of all that was found, whatever became of it
};

class AllowedSecrets {
 public:
  // Errors: invalid (a regular expression).
  static Result<AllowedSecrets> compile(const AllowList& list);

  bool has(std::string_view secret) const;

 private:
  AllowList list_;
  std::vector<Regex> regexes_;
};

class CompiledRule {
 public:
  // Errors: invalid (regular expression, group, validator; the message says which).
  static Result<CompiledRule> compile(Rule rule);

  const Rule& rule() const { return rule_; }

  // Adds the secrets at one hit, checked. For a rule without keywords the hit is the whole line, or
  // the place that a gate told.
  void find(const KeywordHit& hit, Secrets& secrets, RuleCounters& counters) const;

  // What a call of find() costs at most, in bytes looked at, as the engine's budget counts.
  std::size_t cost_bytes(const KeywordHit& hit) const;

  // The secrets are found by a scanner.
  bool is_scanned() const { return scanner_ != nullptr; }

  // The rule has neither keyword nor gate: it is to be given whole lines.
  bool looks_at_whole_lines() const;

 private:
  explicit CompiledRule(Rule rule) : rule_(std::move(rule)) {}

  Result<void> compile_regex();
  void find_token(const KeywordHit& hit, Secrets& secrets, RuleCounters& counters) const;
  void find_context(const KeywordHit& hit, Secrets& secrets, RuleCounters& counters) const;
  void find_regex(const KeywordHit& hit, Secrets& secrets, RuleCounters& counters) const;
  void find_by_code(const KeywordHit& hit, Secrets& secrets, RuleCounters& counters) const;
  void check(std::string_view line, std::size_t match_begin, Secret secret, Secrets& secrets,
             RuleCounters& counters) const;
  bool passes(std::string_view text, bool is_quoted) const;
  bool has_word_near(std::string_view line, std::size_t match_begin) const;

  Rule rule_;
  std::optional<TokenPattern> pattern_;
  std::optional<ContextPattern> context_;
  std::optional<Regex> regex_;
  bool is_anchored_ = false;  // every match begins at a keyword
  Scanner scanner_ = nullptr;
  std::vector<Validator> validators_;
  std::vector<Validator> validators_of_quoted_;  // in quotes a word may be a password
  AllowedSecrets allowed_;
};

// The regular expression whose matches a gate finds.
inline constexpr std::string_view kSsnExpression = "[0-9]{3}-[0-9]{2}-[0-9]{4}";

// Why a rule cannot be compiled.
struct RuleFault {
  std::size_t rule = 0;  // among those given
  std::string message;
};

class RuleSet {
 public:
  // Compiles all; `faults` gets one entry for each rule that cannot be, and then there is no set.
  // Errors: invalid.
  static Result<RuleSet> compile(std::vector<Rule> rules, std::vector<RuleFault>& faults);

  const std::vector<CompiledRule>& rules() const { return rules_; }
  std::optional<std::size_t> find(std::string_view id) const;

  // Of all that can change what is masked.
  std::uint64_t hash() const { return hash_; }

 private:
  std::vector<CompiledRule> rules_;
  std::uint64_t hash_ = 0;
};

}  // namespace logd
