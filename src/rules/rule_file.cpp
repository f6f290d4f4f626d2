// SPDX-License-Identifier: Apache-2.0
#include "rules/rule_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/closest.h"
#include "config/config_keys.h"
#include "config/config_problem.h"
#include "config/value_readers.h"
#include "rules/rule_fields.h"

namespace logd {
namespace {

// Words of masking.packs that are not names of packs.
const std::set<std::string_view> kReserved = {"default", "all"};

const std::vector<std::string> kFileKeys = {"schema", "pack", "default", "description", "rule"};

const TomlEntry* find(const TomlValue::Table& table, std::string_view key) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const TomlEntry& entry) { return entry.key == key; });
  return found == table.end() ? nullptr : &*found;
}

bool is_shape(RuleKind kind) {
  return kind == RuleKind::card || kind == RuleKind::iban || kind == RuleKind::email;
}

// Finds what the fields of one rule demand of each other.
class RuleCheck {
 public:
  RuleCheck(const TomlValue& from, const Rule& rule, RuleOrigin origin, const Complain& complain)
      : place_(from.place),
        table_(*from.get<TomlValue::Table>()),
        rule_(rule),
        origin_(origin),
        complain_(complain) {}

  void check_all() {
    for (const char* field : {"id", "category", "description"}) require(field);
    if (rule_.kind == RuleKind::regex) {
      check_regex_kind();
    } else {
      for (const char* field : {"regex", "anchor", "before", "group"}) {
        refuse(field, "is only for kind = \"regex\"");
      }
    }
    check_keywords();
    if (rule_.near.empty()) refuse("near_bytes", "is of no use without near");
    const bool is_built_in = origin_ == RuleOrigin::built_in;
    check_count("examples", rule_.examples.size(), is_built_in ? 3 : 1);
    if (is_built_in) check_count("counter_examples", rule_.counter_examples.size(), 2);
  }

 private:
  void require(std::string_view field) {
    if (find(table_, field) == nullptr) complain_(place_, fmt::format("{} is missing", field));
  }

  void refuse(std::string_view field, std::string_view reason) {
    if (const TomlEntry* entry = find(table_, field)) {
      complain_(entry->key_place, fmt::format("{} {}", field, reason));
    }
  }

  void check_regex_kind() {
    require("regex");
    require("anchor");
    if (rule_.anchor == Anchor::keyword) refuse("before", "is only for anchor = \"line\"");
  }

  void check_keywords() {
    const TomlEntry* keywords = find(table_, "keywords");
    if (is_shape(rule_.kind)) {
      if (keywords != nullptr && !rule_.keywords.empty()) {
        complain_(keywords->value.place,
                  "keywords: must be [] or left out: this kind is found by its shape");
      }
      return;
    }
    if (keywords == nullptr) {
      require("keywords");
      return;
    }
    const bool may_lack = rule_.kind == RuleKind::regex && rule_.anchor == Anchor::line;
    const auto* items = keywords->value.get<TomlValue::Array>();
    if (items == nullptr || !items->empty() || may_lack) return;
    complain_(keywords->value.place,
              "keywords: must name at least one; [] is only for kind = \"regex\" with anchor = "
              "\"line\", \"card\", \"iban\" and \"email\"");
  }

  void check_count(std::string_view field, std::size_t count, std::size_t least) {
    const TomlEntry* entry = find(table_, field);
    if (count >= least) return;
    complain_(entry == nullptr ? place_ : entry->value.place,
              fmt::format("{}: must be at least {}, not {}", field, least, count));
  }

  TomlPlace place_;
  const TomlValue::Table& table_;
  const Rule& rule_;
  RuleOrigin origin_;
  const Complain& complain_;
};

class FileReader {
 public:
  FileReader(const std::string& name, std::string_view text, RuleOrigin origin)
      : name_(name), text_(text), origin_(origin) {}

  RuleFile read() {
    const std::variant<TomlValue, TomlProblem> parsed = parse_toml(text_);
    if (const auto* problem = std::get_if<TomlProblem>(&parsed)) {
      add(problem->place, problem->message);
    } else if (const auto* root = std::get<TomlValue>(parsed).get<TomlValue::Table>()) {
      if (is_of_our_schema(*root)) read_root(*root);
    }
    std::stable_sort(file_.problems.begin(), file_.problems.end(),
                     [](const auto& a, const auto& b) { return a.place < b.place; });
    return std::move(file_);
  }

 private:
  void add(TomlPlace place, std::string message) {
    file_.problems.push_back(
        {name_, place, std::move(message), source_with_caret(text_, place.line, place.column)});
  }

  // Complaints about the value of `key`.
  Complain about(std::string_view key) {
    return [this, key](TomlPlace place, const std::string& message) {
      add(place, fmt::format("{}: {}", key, message));
    };
  }

  // A file of another schema would only give problems that mean nothing.
  bool is_of_our_schema(const TomlValue::Table& root) {
    const TomlEntry* schema = find(root, "schema");
    if (schema == nullptr) {
      add({1, 1}, fmt::format("schema is missing: write \"schema = {}\"", kRuleSchema));
      return true;
    }
    const auto* number = schema->value.get<std::int64_t>();
    if (number != nullptr && *number == kRuleSchema) return true;
    add(schema->value.place, fmt::format("schema: this logd knows {} only", kRuleSchema));
    return false;
  }

  void read_root(const TomlValue::Table& root) {
    if (find(root, "pack") == nullptr) add({1, 1}, "pack is missing");
    // The rules need its name.
    if (const TomlEntry* pack = find(root, "pack")) read_pack(*pack);
    for (const TomlEntry& entry : root) {
      if (entry.key == "default") {
        file_.default_place = entry.value.place;
        read_on_off(entry.value, file_.pack.is_on, about(entry.key));
      } else if (entry.key == "description") {
        read_description(entry.value, file_.pack.description, about(entry.key));
      } else if (entry.key == "rule") {
        read_rules(entry);
      } else if (entry.key != "schema" && entry.key != "pack") {
        add_unknown(entry, kFileKeys);
      }
    }
  }

  void read_pack(const TomlEntry& entry) {
    file_.pack_place = entry.value.place;
    read_rule_name(entry.value, file_.pack.name, about(entry.key));
    if (kReserved.contains(file_.pack.name)) {
      add(entry.value.place, fmt::format("pack: \"{}\" stands for several packs: choose another "
                                         "name",
                                         file_.pack.name));
    }
  }

  void read_rules(const TomlEntry& entry) {
    const auto* rules = entry.value.get<TomlValue::Array>();
    const bool are_tables =
        rules != nullptr && std::all_of(rules->begin(), rules->end(), [](const TomlValue& rule) {
          return rule.get<TomlValue::Table>() != nullptr;
        });
    if (!are_tables) {
      add(entry.key_place, "rule: write each rule below a line \"[[rule]]\"");
      return;
    }
    for (const TomlValue& rule : *rules) read_rule(rule);
  }

  void read_rule(const TomlValue& from) {
    Rule rule;
    rule.pack = file_.pack.name;
    rule.place = {name_, from.place.line, from.place.column};
    const auto known = rule_fields();
    for (const TomlEntry& entry : *from.get<TomlValue::Table>()) {
      const auto field = std::find_if(known.begin(), known.end(),
                                      [&](const auto& one) { return one.name == entry.key; });
      if (field == known.end()) {
        std::vector<std::string> names;
        for (const RuleField& one : known) names.emplace_back(one.name);
        add_unknown(entry, names);
        continue;
      }
      field->read(entry.value, rule, about(entry.key));
      if (entry.key == "id") rule.place = {name_, entry.value.place.line, entry.value.place.column};
    }
    const Complain complain = [this](TomlPlace place, const std::string& message) {
      add(place, message);
    };
    RuleCheck(from, rule, origin_, complain).check_all();
    note_id(rule);
    file_.rules.push_back(std::move(rule));
  }

  void note_id(const Rule& rule) {
    if (rule.id.empty()) return;
    const auto [first, is_new] = line_of_id_.emplace(rule.id, rule.place.line);
    if (is_new) return;
    add({rule.place.line, rule.place.column},
        fmt::format("id: \"{}\" is already that of line {}", rule.id, first->second));
  }

  void add_unknown(const TomlEntry& entry, const std::vector<std::string>& words) {
    const auto meant = closest(entry.key, words);
    add(entry.key_place,
        fmt::format("unknown field {}{}", toml_string(entry.key),
                    meant ? fmt::format("; did you mean \"{}\"?", *meant) : std::string()));
  }

  const std::string& name_;
  std::string_view text_;
  RuleOrigin origin_;
  RuleFile file_;
  std::map<std::string, std::uint32_t> line_of_id_;
};

}  // namespace

std::string RuleProblem::text() const {
  if (place.line == 0) return fmt::format("{}: {}", file, message);
  return fmt::format("{}:{}:{}: {}", file, place.line, place.column, message);
}

RuleFile read_rule_file(const std::string& name, std::string_view text, RuleOrigin origin) {
  return FileReader(name, text, origin).read();
}

bool is_rule_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxRuleNameBytes) return false;
  if (name.front() == '-' || name.back() == '-') return false;
  if (name.find("--") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace logd
