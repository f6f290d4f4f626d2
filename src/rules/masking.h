// Keeps all that masks: the compiled rules, an engine for each policy that is in use, the key of
// the hash style, and for each process its masker with the literals of its own.
//
// Loop thread only. Made anew as a whole when rules or policies change; maskers stay where they are
// then, and what they use is exchanged.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "logd/config.h"
#include "logd/result.h"
#include "mask/masker.h"
#include "rules/load_rules.h"

namespace logd {

// An engine and its memory: for all processes with the same rules in force, styles and allow list.
struct MaskPlan {
  MaskEngine engine;
  MaskMemory memory;
};

class MaskRules {
 public:
  // Errors: invalid (rules that do not compile; each is told in `problems`).
  static Result<std::unique_ptr<MaskRules>> compile(std::vector<Rule> rules,
                                                    std::vector<RulePack> packs,
                                                    std::vector<RuleProblem>& problems);

  const RuleSet& set() const { return set_; }
  const std::vector<RulePack>& packs() const { return packs_; }

  // The plan for a policy; null where its mode is off. Errors: invalid (a name that is not there, a
  // regular expression of its allow list).
  Result<MaskPlan*> plan_for(const MaskingConfig& masking);

  std::vector<Rule> plain_rules() const;

  // What became of each rule's hits, by its place in set(), all plans together.
  std::vector<RuleCounters> counters() const;
  // Bytes searched, and rests of lines masked because the budget was exceeded.
  std::uint64_t searched_bytes() const;
  std::uint64_t unverified() const;

 private:
  MaskRules(RuleSet set, std::vector<RulePack> packs)
      : set_(std::move(set)), packs_(std::move(packs)) {}
  Result<MaskPlan*> make_plan(const MaskingConfig& masking);

  struct PlanEntry {
    std::string key;  // what the plan depends on, spelled out
    std::unique_ptr<MaskPlan> plan;
  };

  RuleSet set_;
  std::vector<RulePack> packs_;
  std::vector<PlanEntry> plans_;
  std::vector<std::pair<MaskingConfig, MaskPlan*>> planned_;  // policies that were looked up
};

// What is wrong with rules beyond the form of their files: expressions that RE2 refuses, examples
// that are not masked, counter-examples that are. `only_user`: examples of built-in files are left
// out, since the tests of logd run them.
enum class ExamplesOf { user_files, all_files };
std::vector<RuleProblem> check_rules(const std::vector<Rule>& rules,
                                     const std::vector<RulePack>& packs, ExamplesOf which);

class Masking {
 public:
  // Nothing is masked until use() is called.
  Masking() = default;

  // Where the rules come from, and what is wrong with that; for status.
  struct Report {
    RuleSource source = RuleSource::built_in;
    std::vector<std::string> troubles;
  };

  // From now on these rules mask. All maskers given out change with it.
  void use(std::unique_ptr<MaskRules> rules, std::optional<MaskKey> key, Report report);

  // What `config` demands for processes that are captured, and these rules (null: those in force)
  // could not follow.
  std::vector<std::string> refusals_by(MaskRules* rules, const Config& config) const;

  // What processes that are known are to be masked by; in force with the next use().
  void set_policies(const Config& config);
  // Files of literals may hold others by now.
  void read_literals_again();

  // The masker of a process, which lives as long as this. `refused`: why the process cannot be
  // captured now: its policy names what is not there.
  struct ForProcess {
    const Masker& masker;
    std::optional<std::string> refused;
  };
  ForProcess masker_for(const std::string& process, const MaskingConfig& masking);

  // Values of secret-like variables of the process's environment, as they are.
  void add_environment(const std::string& process, const std::vector<std::string>& values);

  const MaskRules* rules() const { return rules_.get(); }

  const Report& report() const { return report_; }
  void set_troubles(std::vector<std::string> troubles) { report_.troubles = std::move(troubles); }

  // Processes that cannot be captured now, and why.
  std::vector<std::string> refusals() const;

 private:
  struct Process {
    MaskingConfig masking;
    Masker masker;
    std::optional<std::string> refused;
    std::vector<std::string> environment;
    std::vector<std::string> user_literals;
    std::unique_ptr<OwnLiterals> literals;
  };
  void set_up(Process& process);

  std::unique_ptr<MaskRules> rules_;
  std::optional<MaskKey> key_;
  Report report_;
  std::map<std::string, std::unique_ptr<Process>> processes_;
};

// Masks by the built-in rules, whatever the configuration says: for messages that repeat what stood
// in a file. Compiles the rules for the first one, which takes some 0.1 s. One thread at a time.
class MessageMasker {
 public:
  std::string mask(const std::string& message);

 private:
  std::unique_ptr<MaskRules> rules_;
  MaskPlan* plan_ = nullptr;
};

// The same for one message: for the end of a program that fails.
std::string masked_message(const std::string& message);

// The texts of a file of literals, one a line; blank lines and those too short are left out.
// Errors: io, not_found.
Result<std::vector<std::string>> read_literals(const std::string& path);

// The key of the hash style from `path`, made there (0600) if `may_create`; nothing if there is
// none. Errors: io, corrupt (not 32 bytes), permission (others may read it).
enum class CreateKey { no, yes };
Result<std::optional<MaskKey>> read_mask_key(const std::string& path, CreateKey create);

}  // namespace logd
