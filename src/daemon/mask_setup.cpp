// SPDX-License-Identifier: Apache-2.0
#include "daemon/mask_setup.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostics.h"
#include "rules/load_rules.h"

namespace logd {
namespace {

bool has_hash(const MaskingConfig& masking) {
  return std::any_of(masking.styles.begin(), masking.styles.end(),
                     [](const auto& style) { return style.second == Style::hash; });
}

// Somebody wants the hash style.
bool uses_hash(const Config& config, const MaskRules& rules) {
  const auto& compiled = rules.set().rules();
  return has_hash(config.defaults.masking) ||
         std::any_of(config.processes.begin(), config.processes.end(),
                     [](const auto& process) { return has_hash(process.second.masking); }) ||
         std::any_of(compiled.begin(), compiled.end(),
                     [](const CompiledRule& rule) { return rule.rule().style == Style::hash; });
}

// Without a key its style falls back to the default one, which tells no less.
std::optional<MaskKey> key_of(const Config& config, std::vector<std::string>& troubles) {
  const std::size_t slash = config.mask_key.rfind('/');
  if (slash != std::string::npos && slash > 0)
    mkdir(config.mask_key.substr(0, slash).c_str(), 0700);  // that it exists is no error
  auto key = read_mask_key(config.mask_key, CreateKey::yes);
  if (key) return *key;
  troubles.push_back(key.error().message() + "; masks of style \"hash\" have no hash");
  return std::nullopt;
}

}  // namespace

MadeRules make_rules(const Config& config, FileSystem& file_system) {
  MadeRules made;
  const LastGoodRules last_good(file_system, config.log_dir);
  LoadedRules loaded =
      load_rules(config.rules_dir, last_good,
                 [](const std::vector<Rule>& rules, const std::vector<RulePack>& packs) {
                   return check_rules(rules, packs, ExamplesOf::user_files);
                 });
  made.is_degraded = loaded.is_degraded;
  made.report.source = loaded.source;
  std::vector<RuleProblem> problems = std::move(loaded.problems);
  auto compiled = MaskRules::compile(std::move(loaded.rules), std::move(loaded.packs), problems);
  if (compiled) {
    made.rules = std::move(*compiled);
  } else {
    made.is_degraded = true;
    made.report.source = RuleSource::built_in;
    RuleLibrary built_in = built_in_library();
    auto fallback =
        MaskRules::compile(std::move(built_in.rules), std::move(built_in.packs), problems);
    LOGD_ASSERT(fallback);  // a test keeps the built-in rules right
    made.rules = std::move(*fallback);
  }
  for (const RuleProblem& problem : problems) made.report.troubles.push_back(problem.text());
  if (made.is_degraded) {
    made.report.troubles.push_back(
        fmt::format("the rules of {} are not in force, but {}", config.rules_dir,
                    made.report.source == RuleSource::last_good
                        ? "those that were there when they last were right"
                        : "the built-in ones"));
  }
  if (uses_hash(config, *made.rules)) made.key = key_of(config, made.report.troubles);
  return made;
}

std::vector<ConfigProblem> plan_policies(const LoadedConfig& loaded, MaskRules& rules) {
  std::vector<ConfigProblem> problems = policy_problems(loaded, rules.plain_rules(), rules.packs());
  if (!problems.empty()) return problems;
  const auto plan = [&](const std::string& section, const MaskingConfig& masking) {
    const auto planned = rules.plan_for(masking);
    if (planned) return;
    const auto origin = loaded.origins.find({section, "masking"});
    const ConfigPlace place =
        origin != loaded.origins.end() ? origin->second.place : ConfigPlace{section, 0, 0, {}};
    problems.push_back({place, "masking: " + planned.error().message(), ProblemKind::error});
  };
  plan("defaults", loaded.config.defaults.masking);
  for (const auto& [name, process] : loaded.config.processes)
    plan("process." + name, process.masking);
  return problems;
}

void set_up_masking(const Config& config, FileSystem& file_system, Masking& masking) {
  MadeRules made = make_rules(config, file_system);
  for (const std::string& trouble : made.report.troubles) log_error("masking: " + trouble);
  masking.use(std::move(made.rules), made.key, std::move(made.report));
}

}  // namespace logd
