// SPDX-License-Identifier: Apache-2.0
#include "query/field_condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "query/escape.h"

namespace logd {
namespace {

constexpr std::size_t kMaxConditionBytes = 4096;
constexpr std::string_view kOperatorBytes = "=!<>~";

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

Unexpected wrong(std::string_view text, std::size_t at, const std::string& why) {
  std::string before;
  append_visible(before, text.substr(0, std::min<std::size_t>(at, 100)), Colours::strip);
  std::string shown;
  append_visible(shown, text.substr(0, 100), Colours::strip);
  return fail(ErrorCode::invalid,
              fmt::format("--where '{0}' {1}; write for example status>=500, user.name=ann or "
                          "path~=^/api\n    {0}\n    {2}^",
                          shown, why, std::string(before.size(), ' ')));
}

// JSON may write a byte of a name in another way only if it is none of these.
bool is_always_plain(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '"' && c != '\\' && c != '/';
  });
}

template <typename T>
int order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

}  // namespace

std::optional<FieldNumber> parse_field_number(std::string_view text) {
  // from_chars would take "inf" and "nan" too.
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || digits[0] < '0' || digits[0] > '9') return std::nullopt;
  const char* const end = text.data() + text.size();
  FieldNumber number;
  std::int64_t whole = 0;
  if (const auto [to, error] = std::from_chars(text.data(), end, whole);
      error == std::errc() && to == end) {
    number.whole = whole;
    number.real = static_cast<double>(whole);
    return number;
  }
  const auto [to, error] = std::from_chars(text.data(), end, number.real);
  if (to != end) return std::nullopt;
  // Out of range: the sign and "too large" or "too small" are all that is left of it.
  if (error == std::errc::result_out_of_range) {
    const bool is_small =
        text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos;
    number.real = is_small ? 0 : text.front() == '-' ? -HUGE_VAL : HUGE_VAL;
  }
  return number;
}

int compare(const FieldNumber& a, const FieldNumber& b) {
  return a.whole && b.whole ? order(*a.whole, *b.whole) : order(a.real, b.real);
}

Result<FieldCondition> FieldCondition::parse(std::string_view text, bool ignores_case) {
  if (text.size() > kMaxConditionBytes) {
    return fail(ErrorCode::invalid,
                fmt::format("--where is longer than {} bytes", kMaxConditionBytes));
  }
  const std::size_t begin = std::min(text.find_first_of(kOperatorBytes), text.size());
  const std::size_t end = std::min(text.find_first_not_of(kOperatorBytes, begin), text.size());
  const std::string_view sign = text.substr(begin, end - begin);
  FieldCondition condition;
  condition.key_ = std::string(trimmed(text.substr(0, begin)));
  if (sign.empty()) return wrong(text, text.size(), "has no operator, one of = != ~= > >= < <=");
  if (condition.key_.empty()) return wrong(text, 0, "has no key before the operator");

  // The longest operator that fits; what follows it belongs to the value, as in a=~x.
  struct Sign {
    std::string_view text;
    Operator meaning;
  };
  constexpr Sign kSigns[] = {{"!=", Operator::unequal},  {"~=", Operator::matches},
                             {">=", Operator::at_least}, {"<=", Operator::at_most},
                             {"==", Operator::equal},    {"=", Operator::equal},
                             {">", Operator::greater},   {"<", Operator::less}};
  for (const auto& [wrong_sign, meant] :
       {std::pair{"=~", "~="}, {"=>", ">="}, {"=<", "<="}, {"<>", "!="}, {"!~", "-v with ~="}}) {
    if (sign == wrong_sign) {
      return wrong(text, begin,
                   fmt::format("has no operator {}; did you mean {}?", wrong_sign, meant));
    }
  }
  const Sign* const known =
      std::find_if(std::begin(kSigns), std::end(kSigns),
                   [&](const Sign& one) { return sign.starts_with(one.text); });
  if (known == std::end(kSigns)) {
    return wrong(text, begin, "has no operator that is known, one of = != ~= > >= < <=");
  }
  condition.operator_ = known->meaning;
  std::string_view value = trimmed(text.substr(begin + known->text.size()));
  const bool is_quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  if (is_quoted) value = value.substr(1, value.size() - 2);
  condition.value_ = std::string(value);
  if (!is_quoted) condition.number_ = parse_field_number(value);
  if (condition.operator_ == Operator::matches) {
    PatternOptions options;
    options.ignores_case = ignores_case;
    LOGD_TRY_ASSIGN(condition.matcher_,
                    TextMatcher::compile({condition.value_}, options, "--where"));
  }
  const std::string_view key = condition.key_;
  const std::string_view name = key.substr(key.find_last_of('.') + 1);
  if (is_always_plain(name)) condition.name_.emplace(name, LetterCase::exact);
  return condition;
}

bool FieldCondition::is_met(LineFields& fields, std::string_view line) const {
  if (name_ && name_->find(line) == std::string_view::npos) return false;
  if (operator_ != Operator::unequal) {
    return fields.values_of(
        key_, [&](std::string_view, std::string_view value) { return is_met_by(value); });
  }
  bool has_field = false;
  const bool has_equal = fields.values_of(key_, [&](std::string_view, std::string_view value) {
    has_field = true;
    return !is_met_by(value);
  });
  return has_field && !has_equal;
}

bool FieldCondition::is_met_by(std::string_view value) const {
  if (matcher_) return matcher_->matches(value);
  const auto number = number_ ? parse_field_number(value) : std::nullopt;
  const bool is_order = operator_ != Operator::equal && operator_ != Operator::unequal;
  if (number_ && !number && is_order) return false;
  const int order_of = number ? compare(*number, *number_) : order<std::string_view>(value, value_);
  switch (operator_) {
    case Operator::equal:
      return order_of == 0;
    case Operator::unequal:
      return order_of != 0;
    case Operator::less:
      return order_of < 0;
    case Operator::at_most:
      return order_of <= 0;
    case Operator::greater:
      return order_of > 0;
    case Operator::at_least:
      return order_of >= 0;
    case Operator::matches:
      break;
  }
  return false;
}

}  // namespace logd
