// SPDX-License-Identifier: Apache-2.0
#include "rules/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "base/closest.h"

namespace logd {
namespace {

constexpr std::string_view kDefault = "default";
constexpr std::string_view kAll = "all";

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool takes_away(std::string_view name) { return name.starts_with('-'); }

// Names of the packs that are switched on.
std::set<std::string> packs_on(const std::vector<std::string>& names,
                               const std::vector<RulePack>& packs) {
  const bool only_takes_away =
      !names.empty() && std::all_of(names.begin(), names.end(), takes_away);
  std::set<std::string> on;
  for (const RulePack& pack : packs) {
    const bool is_named = contains(names, pack.name) || contains(names, std::string(kAll));
    const bool by_default = contains(names, std::string(kDefault)) || only_takes_away;
    if (contains(names, "-" + pack.name)) continue;
    if (is_named || (by_default && pack.is_on)) on.insert(pack.name);
  }
  return on;
}

// Nothing: it is not in force.
std::optional<RuleState> state_of(const Rule& rule, const MaskingConfig& masking,
                                  const std::set<std::string>& packs) {
  const bool is_asked_for = contains(masking.on, rule.id);
  if (!is_asked_for) {
    if (contains(masking.off, rule.id) || rule.state == RuleState::off) return std::nullopt;
    if (!packs.contains(rule.pack)) return std::nullopt;
  }
  if (masking.mode == MaskingMode::report) return RuleState::report;
  return is_asked_for ? RuleState::on : rule.state;
}

Style style_of(const Rule& rule, const std::map<std::string, Style>& styles) {
  if (const auto of_id = styles.find(rule.id); of_id != styles.end()) return of_id->second;
  if (rule.style) return *rule.style;
  if (const auto of_all = styles.find(rule.category); of_all != styles.end()) return of_all->second;
  const auto other = styles.find(std::string(kDefault));
  return other == styles.end() ? Style::token : other->second;
}

class Check {
 public:
  Check(const std::vector<Rule>& rules, const std::vector<RulePack>& packs) {
    std::set<std::string> categories;
    for (const Rule& rule : rules) {
      rules_.push_back(rule.id);
      categories.insert(rule.category);
    }
    for (const RulePack& pack : packs) packs_.push_back(pack.name);
    categories_.assign(categories.begin(), categories.end());
  }

  void check_packs(const std::vector<std::string>& names) {
    std::vector<std::string> words = packs_;
    words.emplace_back(kDefault);
    words.emplace_back(kAll);
    for (const std::string& name : names) {
      const std::string pack = takes_away(name) ? name.substr(1) : name;
      const std::vector<std::string>& known = takes_away(name) ? packs_ : words;
      if (!contains(known, pack)) {
        add(fmt::format("packs: there is no pack \"{}\"", pack), pack, known);
      }
    }
  }

  void check_rules(std::string_view field, const std::vector<std::string>& ids) {
    for (const std::string& id : ids) {
      if (contains(rules_, id)) continue;
      if (contains(packs_, id)) {
        problems_.push_back(
            fmt::format("{}: \"{}\" is a pack, not a rule; write packs = [\"default\", \"{}{}\"]",
                        field, id, field == "off" ? "-" : "", id));
      } else {
        add(fmt::format("{}: there is no rule \"{}\"", field, id), id, rules_);
      }
    }
  }

  void check_both(const MaskingConfig& masking) {
    for (const std::string& id : masking.on) {
      if (!contains(masking.off, id)) continue;
      problems_.push_back(fmt::format("\"{}\" is both on and off", id));
    }
  }

  void check_styles(const std::map<std::string, Style>& styles) {
    std::vector<std::string> words = categories_;
    words.insert(words.end(), rules_.begin(), rules_.end());
    words.emplace_back(kDefault);
    for (const auto& [name, style] : styles) {
      if (contains(words, name)) continue;
      add(fmt::format("style: there is no category and no rule \"{}\"", name), name, words);
    }
  }

  std::vector<std::string> take() { return std::move(problems_); }

 private:
  void add(std::string message, const std::string& name, const std::vector<std::string>& words) {
    if (const auto meant = closest(name, words)) {
      message += fmt::format("; did you mean \"{}\"?", *meant);
    }
    problems_.push_back(std::move(message));
  }

  std::vector<std::string> rules_;
  std::vector<std::string> packs_;
  std::vector<std::string> categories_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<SelectedRule> select_rules(const MaskingConfig& masking, const std::vector<Rule>& rules,
                                       const std::vector<RulePack>& packs) {
  std::vector<SelectedRule> selected;
  if (masking.mode == MaskingMode::off) return selected;
  const std::set<std::string> on = packs_on(masking.packs, packs);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (const auto state = state_of(rules[i], masking, on)) {
      selected.push_back({i, *state, style_of(rules[i], masking.styles)});
    }
  }
  return selected;
}

std::vector<std::string> check_policy(const MaskingConfig& masking, const std::vector<Rule>& rules,
                                      const std::vector<RulePack>& packs) {
  Check check(rules, packs);
  check.check_packs(masking.packs);
  check.check_rules("on", masking.on);
  check.check_rules("off", masking.off);
  check.check_both(masking);
  check.check_styles(masking.styles);
  return check.take();
}

}  // namespace logd
