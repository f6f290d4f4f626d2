// Lists, shows and checks the rules of masking: `logctl rules`. Needs no daemon.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/closest.h"
#include "ctl/command.h"
#include "ctl/exit_status.h"
#include "ctl/output_format.h"
#include "ctl/rule_options.h"
#include "ctl/table.h"
#include "rules/policy.h"

namespace logd {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kStates[] = {"on", "off", "report"};
constexpr std::string_view kSeverities[] = {"low", "medium", "high"};
constexpr std::string_view kKinds[] = {"regex",        "card",      "iban",
                                       "email",        "key_value", "name_value",
                                       "url_userinfo", "cookie",    "private_key"};
constexpr std::string_view kStyles[] = {"token", "hash",   "partial",
                                        "fixed", "remove", "same_length"};

template <std::size_t kSize, typename Enum>
std::string name_of(const std::string_view (&names)[kSize], Enum value) {
  return std::string(names[static_cast<std::size_t>(value)]);
}

// A rule, and what the policy makes of it.
struct Shown {
  const Rule* rule = nullptr;
  RuleState state = RuleState::off;
  Style style = Style::token;
};

std::vector<Shown> shown(const RuleLibrary& library, const MaskingConfig& masking) {
  std::vector<Shown> all;
  for (const Rule& rule : library.rules) all.push_back({&rule, RuleState::off, Style::token});
  for (const SelectedRule& selected : select_rules(masking, library.rules, library.packs)) {
    all[selected.index].state = selected.state;
    all[selected.index].style = selected.style;
  }
  return all;
}

Json to_json(const Shown& one) {
  const Rule& rule = *one.rule;
  return {{"id", rule.id},
          {"pack", rule.pack},
          {"category", rule.category},
          {"state", name_of(kStates, one.state)},
          {"style", name_of(kStyles, one.style)},
          {"severity", name_of(kSeverities, rule.severity)},
          {"kind", name_of(kKinds, rule.kind)},
          {"description", rule.description},
          {"file", rule.place.file},
          {"line", rule.place.line}};
}

class RulesCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.arguments("list | show ID | check [FILE…]", words_,
                      "All rules · one rule with its examples · whether all are right");
    options.text("--process", process_, "NAME", "As the configuration says for this process");
    format_.declare(options);
  }

  int run(const Config& config) override {
    if (const auto checked = format_.check(); !checked) {
      complain("rules: " + checked.error().message());
      return kExitUsage;
    }
    masking_ = process_.empty() ? config.defaults.masking : config.of(process_).masking;
    const std::string action = words_.empty() ? "list" : words_.front();
    if (action == "list" && words_.size() <= 1) return list(library_of(config));
    if (action == "show" && words_.size() == 2) return show(library_of(config), words_[1]);
    if (action == "check") return check(config);
    complain("rules: list, show ID or check [FILE…]");
    return kExitUsage;
  }

 private:
  int list(const RuleLibrary& library) const {
    complain_of_rules(library.problems);
    if (!library.problems.empty()) return kExitUsage;
    const std::vector<Shown> rules = shown(library, masking_);
    if (format_.is_json()) {
      Json all = Json::array();
      for (const Shown& one : rules) all.push_back(to_json(one));
      std::puts(Json{{"v", 1}, {"rules", std::move(all)}}.dump().c_str());
      return kExitDone;
    }
    Table table({"ID", "PACK", "STATE", "STYLE", "SEVERITY", "DESCRIPTION"});
    for (const Shown& one : rules) {
      table.row({one.rule->id, one.rule->pack, name_of(kStates, one.state),
                 name_of(kStyles, one.style), name_of(kSeverities, one.rule->severity),
                 one.rule->description});
    }
    std::fputs(table.str().c_str(), stdout);
    return kExitDone;
  }

  int show(const RuleLibrary& library, const std::string& id) const {
    complain_of_rules(library.problems);
    if (!library.problems.empty()) return kExitUsage;
    for (const Shown& one : shown(library, masking_)) {
      if (one.rule->id != id) continue;
      std::fputs((format_.is_json() ? json_of(one) : text_of(one)).c_str(), stdout);
      return kExitDone;
    }
    std::vector<std::string> ids;
    for (const Rule& rule : library.rules) ids.push_back(rule.id);
    const auto meant = closest(id, ids);
    complain(fmt::format("rules: there is no rule '{}'{}", id,
                         meant ? fmt::format("; did you mean '{}'?", *meant) : ""));
    return kExitUsage;
  }

  static std::string json_of(const Shown& one) {
    Json json = to_json(one);
    json["keywords"] = one.rule->keywords;
    json["regex"] = one.rule->regex;
    json["validators"] = one.rule->validators;
    json["near"] = one.rule->near;
    json["examples"] = one.rule->examples;
    json["counter_examples"] = one.rule->counter_examples;
    return json.dump() + "\n";
  }

  static std::string text_of(const Shown& one) {
    const Rule& rule = *one.rule;
    std::string text = fmt::format("{}: {}\n", rule.id, rule.description);
    const auto add = [&](std::string_view what, const std::string& value) {
      if (!value.empty()) text += fmt::format("  {:<11}{}\n", what, value);
    };
    add("pack", rule.pack + ", category " + rule.category);
    add("state", name_of(kStates, one.state) + ", style " + name_of(kStyles, one.style) +
                     ", severity " + name_of(kSeverities, rule.severity));
    add("kind", name_of(kKinds, rule.kind));
    add("keywords", fmt::format("{}", fmt::join(rule.keywords, ", ")));
    add("regex", rule.regex);
    add("near", fmt::format("{}", fmt::join(rule.near, ", ")));
    add("validators", fmt::format("{}", fmt::join(rule.validators, ", ")));
    add("file", fmt::format("{}:{}", rule.place.file, rule.place.line));
    for (const std::string& example : rule.examples) add("masks in", example);
    for (const std::string& example : rule.counter_examples) add("leaves", example);
    return text;
  }

  // Files named are checked as if they lay in the user's directory.
  int check(const Config& config) const {
    RuleLibrary library;
    if (words_.size() == 1) {
      library = library_of(config);
    } else {
      std::vector<RuleText> files;
      for (std::size_t i = 1; i < words_.size(); ++i) {
        std::ifstream file(words_[i], std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        if (!file) {
          complain(fmt::format("rules: cannot read {}", words_[i]));
          return kExitUsage;
        }
        files.push_back({words_[i], text.str()});
      }
      library = with_user_rules(built_in_library(), files);
    }
    std::vector<RuleProblem> problems = library.problems;
    if (problems.empty())
      problems = check_rules(library.rules, library.packs, ExamplesOf::all_files);
    complain_of_rules(problems);
    if (!problems.empty()) return kExitUsage;
    std::size_t examples = 0;
    for (const Rule& rule : library.rules)
      examples += rule.examples.size() + rule.counter_examples.size();
    std::puts(fmt::format("{} rules in {} packs, {} examples and counter-examples: all are right",
                          library.rules.size(), library.packs.size(), examples)
                  .c_str());
    return kExitDone;
  }

  std::vector<std::string> words_;
  std::string process_;
  OutputFormat format_;
  MaskingConfig masking_;
};

}  // namespace

std::unique_ptr<Command> make_rules_command() { return std::make_unique<RulesCommand>(); }

}  // namespace logd
