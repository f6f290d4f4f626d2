// Says whether a text that a rule matched is really what the rule looks for.
//
// A rule file names its validators: "luhn", "not_word", "mixed(3)". They turn down look-alikes that
// are common in logs; none asks whether a secret is still in force, and none lets one out because
// it is unusual. Where a text is too long to be looked at, it is a secret as far as the not_… ones
// are concerned, and none of the others' kind. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "logd/result.h"

namespace logd {

class Validator {
 public:
  // Reads one as it is written in a rule file: a name, for some with an argument in parentheses.
  // mixed(1 to 4) kinds of characters, base64(1 to 4096) bytes decoded, entropy(0 to 8) bits a
  // byte. Errors: invalid (no such validator, with the nearest name; an argument missing, too many,
  // or out of its range).
  static Result<Validator> parse(std::string_view spelling);

  // All names, in no order that matters.
  static std::vector<std::string> names();

  // Whether `secret`, bytes of any kind, is what it looks like. Takes time linear in its size, and
  // no memory.
  bool accepts(std::string_view secret) const noexcept { return check_(secret, argument_); }

 private:
  using Check = bool (*)(std::string_view secret, double argument) noexcept;

  struct Kind;
  static const Kind kKinds[];

  Validator(Check check, double argument) : check_(check), argument_(argument) {}

  Check check_;
  double argument_;
};

}  // namespace logd
