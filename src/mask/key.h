// Says whether a keyword is a key: its last word, so that "db_password", "dbPassword" and
// "passwords" are keys of "password", and "password_policy" and "secretary" are none.
//
// A key ends with its keyword, but for a plural's s, a number of up to two digits, and words that
// tell which of several secrets it is ("password_confirmation", "SECRET_PROD"). What stands before
// the keyword must be a border or a hump; keywords of five letters and more may also be glued
// ("PGPASSWORD", "authtoken"). Words that turn the meaning around make it none: "max_tokens",
// "has_password", "NOPASSWD". Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "mask/scanner.h"

namespace logd {

struct Key {
  std::size_t begin = 0;    // of the whole key, as far as it is one name
  std::size_t keyword = 0;  // where its last word begins
  std::size_t end = 0;
  bool is_plural = false;
};

// By its shape alone, which most hits fail; meaning_of() costs more.
std::optional<Key> read_key(const KeywordHit& hit) noexcept;

enum class KeyMeaning {
  secret,
  doubted,  // "invalid password: ..." more often tells why than which
  other,    // no key of a secret
};

// What the word before the key makes of it.
KeyMeaning meaning_of(std::string_view line, const Key& key) noexcept;

}  // namespace logd
