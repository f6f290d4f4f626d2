// SPDX-License-Identifier: Apache-2.0
#include "rules/rule_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "config/config_keys.h"
#include "config/masking_value.h"
#include "config/value_readers.h"
#include "mask/validators.h"
#include "rules/rule_file.h"

namespace logd {
namespace {

// In the order of their enums.
const std::vector<std::string> kKinds = {"regex",        "card",      "iban",
                                         "email",        "key_value", "name_value",
                                         "url_userinfo", "cookie",    "private_key"};
const std::vector<std::string> kStates = {"on", "off", "report"};
const std::vector<std::string> kSeverities = {"low", "medium", "high"};
const std::vector<std::string> kBoundaries = {"none", "word", "token"};
const std::vector<std::string> kAnchors = {"keyword", "line"};

// What is wrong with a text; empty: nothing.
using TextCheck = std::string (*)(std::string_view text);

void take(const Result<void>& taken, const TomlValue& from, const Complain& complain) {
  if (!taken) complain(from.place, taken.error().context);
}

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

std::string check_keyword(std::string_view text) {
  if (text.size() < kMinKeywordBytes) {
    return fmt::format("must have at least {} bytes: shorter ones are in nearly every line",
                       kMinKeywordBytes);
  }
  if (std::any_of(text.begin(), text.end(), is_capital)) {
    return "must be in lower case; capital letters are found as well";
  }
  return std::any_of(text.begin(), text.end(), is_control) ? "must not hold control characters"
                                                           : "";
}

std::string check_near(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_capital)
             ? "must be in lower case; capital letters are found as well"
             : "";
}

std::string check_example(std::string_view text) {
  return text.find('\n') == std::string_view::npos ? "" : "must be one line";
}

std::string check_validator(std::string_view text) {
  const auto parsed = Validator::parse(text);
  return parsed ? "" : parsed.error().context;
}

// A string that is neither empty nor endless; nothing if it is not.
const std::string* text_in(const TomlValue& from, const Complain& complain) {
  std::string ignored;
  if (const auto taken = read_string(from, ignored); !taken) {
    complain(from.place, taken.error().context);
    return nullptr;
  }
  const auto* text = from.get<std::string>();
  if (text->size() <= kMaxRuleTextBytes) return text;
  complain(from.place, fmt::format("has {} bytes; at most {}", text->size(), kMaxRuleTextBytes));
  return nullptr;
}

// Each item once.
template <TextCheck check>
void read_list(const TomlValue& from, std::vector<std::string>& to, const Complain& complain) {
  const auto* items = from.get<TomlValue::Array>();
  if (items == nullptr) {
    complain(from.place, fmt::format("must be a list of strings, not {}", kind_of(from)));
    return;
  }
  if (items->size() > kMaxRuleListItems) {
    complain(from.place, fmt::format("has more than {} items", kMaxRuleListItems));
    return;
  }
  std::set<std::string_view> seen;
  for (const TomlValue& item : *items) {
    const std::string* text = text_in(item, complain);
    if (text == nullptr) continue;
    if (std::string reason = check(*text); !reason.empty()) {
      complain(item.place, std::move(reason));
    } else if (!seen.insert(*text).second) {
      complain(item.place, fmt::format("{} is there twice", toml_string(*text)));
    }
    to.push_back(*text);
  }
}

template <std::int64_t least, std::int64_t most, typename Number>
void read_number(const TomlValue& from, Number& to, const Complain& complain) {
  static_assert(most <= std::numeric_limits<Number>::max());
  std::int64_t number = 0;
  const auto taken = read_integer(from, {least, most}, number);
  take(taken, from, complain);
  if (taken) to = static_cast<Number>(number);
}

void read_regex(const TomlValue& from, std::string& to, const Complain& complain) {
  if (const std::string* text = text_in(from, complain)) to = *text;
}

void read_style(const TomlValue& from, std::optional<Style>& to, const Complain& complain) {
  Style style = Style::token;
  const auto taken = read_enum(from, style_words(), style);
  take(taken, from, complain);
  if (taken) to = style;
}

using Value = const TomlValue&;
using Say = const Complain&;
constexpr int kMaxGroup = 99;

constexpr RuleField kFields[] = {
    {"id", [](Value v, Rule& r, Say say) { read_rule_name(v, r.id, say); }},
    {"category", [](Value v, Rule& r, Say say) { read_rule_name(v, r.category, say); }},
    {"description", [](Value v, Rule& r, Say say) { read_description(v, r.description, say); }},
    {"default", [](Value v, Rule& r, Say say) { take(read_enum(v, kStates, r.state), v, say); }},
    {"severity",
     [](Value v, Rule& r, Say say) { take(read_enum(v, kSeverities, r.severity), v, say); }},
    {"kind", [](Value v, Rule& r, Say say) { take(read_enum(v, kKinds, r.kind), v, say); }},
    {"keywords", [](Value v, Rule& r, Say say) { read_list<check_keyword>(v, r.keywords, say); }},
    {"anchor", [](Value v, Rule& r, Say say) { take(read_enum(v, kAnchors, r.anchor), v, say); }},
    {"before",
     [](Value v, Rule& r, Say say) { read_number<0, kMaxBeforeBytes>(v, r.before_bytes, say); }},
    {"window",
     [](Value v, Rule& r, Say say) { read_number<1, kMaxWindowBytes>(v, r.window_bytes, say); }},
    {"boundary",
     [](Value v, Rule& r, Say say) { take(read_enum(v, kBoundaries, r.boundary), v, say); }},
    {"regex", [](Value v, Rule& r, Say say) { read_regex(v, r.regex, say); }},
    {"group", [](Value v, Rule& r, Say say) { read_number<0, kMaxGroup>(v, r.group, say); }},
    {"near", [](Value v, Rule& r, Say say) { read_list<check_near>(v, r.near, say); }},
    {"near_bytes",
     [](Value v, Rule& r, Say say) { read_number<1, kMaxNearBytes>(v, r.near_bytes, say); }},
    {"validators",
     [](Value v, Rule& r, Say say) { read_list<check_validator>(v, r.validators, say); }},
    {"min_bytes",
     [](Value v, Rule& r, Say say) { read_number<1, kMaxMinBytes>(v, r.min_bytes, say); }},
    {"style", [](Value v, Rule& r, Say say) { read_style(v, r.style, say); }},
    {"allow", [](Value v, Rule& r, Say say) { take(read_allow_list(v, r.allow), v, say); }},
    {"examples", [](Value v, Rule& r, Say say) { read_list<check_example>(v, r.examples, say); }},
    {"counter_examples",
     [](Value v, Rule& r, Say say) { read_list<check_example>(v, r.counter_examples, say); }},
};

}  // namespace

std::span<const RuleField> rule_fields() { return kFields; }

void read_rule_name(const TomlValue& from, std::string& to, const Complain& complain) {
  const std::string* text = text_in(from, complain);
  if (text == nullptr) return;
  if (is_rule_name(*text)) {
    to = *text;
    return;
  }
  complain(from.place,
           fmt::format("{} must be of small letters and digits, with single '-' between them, at "
                       "most {} bytes",
                       toml_string(*text), kMaxRuleNameBytes));
}

void read_description(const TomlValue& from, std::string& to, const Complain& complain) {
  const std::string* text = text_in(from, complain);
  if (text == nullptr) return;
  if (std::any_of(text->begin(), text->end(), is_control)) {
    complain(from.place, "must be one line, without control characters");
  }
  to = *text;
}

void read_on_off(const TomlValue& from, bool& to, const Complain& complain) {
  static const std::vector<std::string> words = {"off", "on"};
  const auto word = read_word(from, words);
  if (!word) {
    complain(from.place, word.error().context);
  } else {
    to = *word == 1;
  }
}

}  // namespace logd
