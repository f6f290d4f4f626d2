// SPDX-License-Identifier: Apache-2.0
#include "rules/rule_library.h"

#include <fmt/format.h>

#include <iterator>
#include <map>

#include "rules/built_in_rules.h"

namespace logd {
namespace {

class Builder {
 public:
  // `base` are the rules that may be replaced.
  explicit Builder(RuleLibrary base) : library_(std::move(base)) {
    for (std::size_t i = 0; i < library_.rules.size(); ++i) {
      rule_of_id_[library_.rules[i].id] = {i, true};
    }
    built_in_packs_ = library_.packs.size();
  }

  void add(const std::string& name, std::string_view text, RuleOrigin origin) {
    RuleFile file = read_rule_file(name, text, origin);
    if (file.problems.empty()) {
      add_pack(name, file);
      for (Rule& rule : file.rules) add_rule(std::move(rule));
    }
    std::move(file.problems.begin(), file.problems.end(), std::back_inserter(library_.problems));
  }

  RuleLibrary take() {
    if (library_.rules.size() > kMaxRules) {
      complain(library_.rules.back().place,
               fmt::format("there are {} rules; at most {}", library_.rules.size(), kMaxRules));
    }
    if (!library_.problems.empty()) {
      library_.rules.clear();
      library_.packs.clear();
    }
    return std::move(library_);
  }

 private:
  struct Known {
    std::size_t index = 0;
    bool may_be_replaced = false;
  };

  void complain(const RulePlace& place, std::string message) {
    library_.problems.push_back(
        {place.file, {place.line, place.column}, std::move(message), std::string()});
  }

  void add_pack(const std::string& name, const RuleFile& file) {
    for (std::size_t i = 0; i < library_.packs.size(); ++i) {
      RulePack& known = library_.packs[i];
      if (known.name != file.pack.name) continue;
      if (known.description.empty()) known.description = file.pack.description;
      if (file.default_place.line == 0 || file.pack.is_on == known.is_on) return;
      complain({name, file.default_place.line, file.default_place.column},
               fmt::format("default: pack \"{}\" is {} by default{}; packs are switched by masking "
                           "= {{ packs = [...] }} in logd.toml",
                           known.name, known.is_on ? "on" : "off",
                           i < built_in_packs_ ? " in logd" : " in another file"));
      return;
    }
    library_.packs.push_back(file.pack);
  }

  void add_rule(Rule rule) {
    const auto found = rule_of_id_.find(rule.id);
    if (found == rule_of_id_.end()) {
      rule_of_id_[rule.id] = {library_.rules.size(), false};
      library_.rules.push_back(std::move(rule));
      return;
    }
    Known& known = found->second;
    if (!known.may_be_replaced) {
      const RulePlace& first = library_.rules[known.index].place;
      complain(rule.place,
               fmt::format("id: \"{}\" is already that of {}:{}", rule.id, first.file, first.line));
      return;
    }
    known.may_be_replaced = false;
    library_.rules[known.index] = std::move(rule);
  }

  RuleLibrary library_;
  std::map<std::string, Known> rule_of_id_;
  std::size_t built_in_packs_ = 0;
};

}  // namespace

RuleLibrary built_in_library() {
  Builder builder({});
  for (const BuiltInRuleFile& file : built_in_rule_files()) {
    builder.add(std::string(file.name), file.text, RuleOrigin::built_in);
  }
  return builder.take();
}

RuleLibrary with_user_rules(const RuleLibrary& built_in, std::span<const RuleText> user) {
  Builder builder(built_in);
  for (const RuleText& file : user) builder.add(file.name, file.text, RuleOrigin::user);
  return builder.take();
}

RuleLibrary library_of(std::span<const RuleText> files) {
  Builder builder({});
  for (const RuleText& file : files) builder.add(file.name, file.text, RuleOrigin::built_in);
  return builder.take();
}

}  // namespace logd
