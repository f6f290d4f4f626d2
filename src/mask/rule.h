// One rule as a rule file spells it: what a pattern of sensitive data looks like, how it is found,
// and what becomes of it. The fields are those of logd-rules(5).
//
// Plain data: rule_file.h reads it, rule_set.h makes it work.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logd/config.h"  // Style, AllowList

namespace logd {

// What finds the secret at a keyword. `regex` is the rule's own expression; all others are written
// in code, because no regular expression of a sane size does what they do.
enum class RuleKind : std::uint8_t {
  regex,
  card,          // shape: 13 to 19 digits
  iban,          // shape: two letters, two digits
  email,         // shape: '@'
  key_value,     // keywords are the last words of keys
  name_value,    // {"name":"DB_PASSWORD","value":"..."}; keywords as for key_value
  url_userinfo,  // scheme://user:secret@host; keyword "://"
  cookie,        // keywords are names of header lines: "cookie"
  private_key,   // PEM, over many lines or on one
};

enum class RuleState : std::uint8_t { on, off, report };
enum class Severity : std::uint8_t { low, medium, high };

// What may not stand directly before and behind a match. token: letters, digits, '_', and behind it
// '-' with one of them; word: letters, digits.
enum class Boundary : std::uint8_t { none, word, token };

// keyword: the match begins at the keyword; line: it lies in a window around it.
enum class Anchor : std::uint8_t { keyword, line };

inline constexpr std::size_t kMaxWindowBytes = 4096;
inline constexpr std::size_t kMaxBeforeBytes = 1024;
inline constexpr std::size_t kMinKeywordBytes = 3;
inline constexpr std::size_t kMaxNearBytes = 1024;
inline constexpr std::size_t kMaxMinBytes = 4096;

// Where a rule was read, for messages.
struct RulePlace {
  std::string file;
  std::uint32_t line = 0;    // from 1
  std::uint32_t column = 0;  // from 1, in characters
};

struct Rule {
  std::string id;  // kebab-case
  std::string pack;
  std::string category;
  std::string description;
  RulePlace place;
  RuleState state = RuleState::on;  // inside its pack
  Severity severity = Severity::medium;
  RuleKind kind = RuleKind::regex;
  std::vector<std::string> keywords;  // lower case; none: a shape, found by code
  Anchor anchor = Anchor::keyword;
  std::uint32_t before_bytes = 0;    // of the window, in front of the keyword (anchor line)
  std::uint32_t window_bytes = 256;  // from the keyword's first byte on
  Boundary boundary = Boundary::token;
  std::string regex;
  int group = 0;  // that is the secret
  std::vector<std::string> near;
  std::uint32_t near_bytes = 48;
  std::vector<std::string> validators;
  std::uint32_t min_bytes = 1;  // a shorter secret is none
  std::optional<Style> style;
  AllowList allow;
  std::vector<std::string> examples;
  std::vector<std::string> counter_examples;
};

struct RulePack {
  std::string name;
  std::string description;
  bool is_on = true;  // by default
};

}  // namespace logd
