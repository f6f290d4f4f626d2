// Asks validators by their spelling in a rule file.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "mask/validators.h"

namespace logd::mask_testing {

inline Validator validator(std::string_view spelling) {
  Result<Validator> parsed = Validator::parse(spelling);
  INFO(spelling);
  REQUIRE(parsed);
  return *parsed;
}

inline bool accepts(std::string_view spelling, std::string_view text) {
  return validator(spelling).accepts(text);
}

inline void check_all(std::string_view spelling, const std::vector<std::string>& texts,
                      bool are_accepted) {
  const Validator asked = validator(spelling);
  for (const std::string& text : texts) {
    INFO(spelling << ": " << text);
    CHECK(asked.accepts(text) == are_accepted);
  }
}

inline void check_accepted(std::string_view spelling, const std::vector<std::string>& texts) {
  check_all(spelling, texts, true);
}

inline void check_rejected(std::string_view spelling, const std::vector<std::string>& texts) {
  check_all(spelling, texts, false);
}

// Of all texts that differ from `text` in one digit, those that are still accepted.
inline std::vector<std::string> accepted_single_changes(std::string_view spelling,
                                                        const std::string& text) {
  const Validator asked = validator(spelling);
  std::vector<std::string> accepted;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] < '0' || text[i] > '9') continue;
    for (char c = '0'; c <= '9'; ++c) {
      std::string changed = text;
      changed[i] = c;
      if (c != text[i] && asked.accepts(changed)) accepted.push_back(changed);
    }
  }
  return accepted;
}

}  // namespace logd::mask_testing
