// Writes what stands in a log where a secret was.
//
// A mask never breaks the quoting around it: it has no quote, backslash, blank or '=', and where a
// bare JSON number was it brings the quotes that the place needs. A mask that is masked again stays
// as it is. Styles and their forms: logd-rules(5), "STYLES".
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "mask/rule.h"

namespace logd {

// What the hash style is keyed with. Without a key nobody could tell the masks of short or known
// values from the values.
class MaskKey {
 public:
  static constexpr std::size_t kBytes = 32;
  explicit MaskKey(const std::array<std::uint8_t, kBytes>& bytes) : bytes_(bytes) {}

  // Twelve hex digits, equal for equal secrets: the first 48 bits of HMAC-SHA-256 (RFC 2104).
  std::string digest(std::string_view secret) const;

 private:
  std::array<std::uint8_t, kBytes> bytes_;
};

struct Redaction {
  std::string_view rule_id;
  std::string_view category;
  RuleKind kind = RuleKind::regex;
  Style style = Style::token;
  std::string_view public_prefix;  // of the secret: what every secret of the rule begins with
  const MaskKey* key = nullptr;    // null: the hash style falls back to token
};

// Appends the mask for line[begin, end) to `to`.
void append_mask(const Redaction& redaction, std::string_view line, std::size_t begin,
                 std::size_t end, std::string& to);

}  // namespace logd
