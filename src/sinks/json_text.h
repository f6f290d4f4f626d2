// Pieces of JSON that the row and the bulk encoder share. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "query/escape.h"

namespace logd {

// A number costs no string.
inline void append_number(std::string& to, std::uint64_t number) {
  const fmt::format_int digits(number);
  to.append(digits.data(), digits.size());
}

// `before` is what stands up to the text, with its first quote; false if `text` was no UTF-8.
inline bool append_text(std::string& to, std::string_view before, std::string_view text) {
  to += before;
  const bool is_utf8 = append_json(to, text);
  to += '"';
  return is_utf8;
}

}  // namespace logd
