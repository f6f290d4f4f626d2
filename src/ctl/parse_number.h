// Reads the number that an option takes. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <string>

#include "logd/result.h"

namespace logd {

// `what` says what it is, for the message. Errors: invalid.
template <typename Number>
Result<Number> parse_number(const std::string& text, const char* what) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [parsed_to, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || parsed_to != end) {
    return fail(ErrorCode::invalid, std::string(what) + ", not '" + text + "'");
  }
  return number;
}

}  // namespace logd
