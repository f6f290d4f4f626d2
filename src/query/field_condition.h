// Tells whether a field of a line meets a condition such as status>=500: --where.
//
//   key=value  key!=value    numbers are compared as numbers (200 is 200.0), all else as text
//   key>value  >=  <  <=     by number if the condition's value is one, and then a field that is
//                            none does not meet it; else by the order of bytes, which suits RFC
//                            3339
//   key~=RE                  a regular expression, as text_matcher.h reads it
//
// Spaces around key, operator and value do not count; a value in "double quotes" keeps its own. A
// line without the field meets no condition, != neither. Of an array one element is enough, but
// for !=, which all of them must meet. Which fields a line has is line_fields.h's business. One
// thread at a time per object.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "logd/result.h"
#include "query/line_fields.h"
#include "query/literal_search.h"
#include "query/text_matcher.h"

namespace logd {

// A number as JSON writes it; whole ones are compared exactly up to 64 bits.
struct FieldNumber {
  double real = 0;
  std::optional<std::int64_t> whole;
};
// Nothing for what is no number from the first to the last byte.
std::optional<FieldNumber> parse_field_number(std::string_view text);
// Less than, equal to or greater than 0, as a is to b.
int compare(const FieldNumber& a, const FieldNumber& b);

class FieldCondition {
 public:
  // `ignores_case`: of ~=. Errors: invalid, with the place in `text` and an example.
  static Result<FieldCondition> parse(std::string_view text, bool ignores_case);

  // `line` is the one that `fields` has.
  bool is_met(LineFields& fields, std::string_view line) const;

 private:
  enum class Operator : std::uint8_t { equal, unequal, less, at_most, greater, at_least, matches };

  FieldCondition() = default;
  bool is_met_by(std::string_view value) const;

  std::string key_;
  Operator operator_ = Operator::equal;
  std::string value_;
  std::optional<FieldNumber> number_;
  std::optional<TextMatcher> matcher_;
  std::optional<LiteralSearch> name_;  // bytes that a line with the field must have
};

}  // namespace logd
