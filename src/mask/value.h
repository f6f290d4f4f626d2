// Finds where the value of a key begins and ends, in whatever dress: quoted at any depth, in
// brackets, in an array, between tags, bare in a query, a form, a DSN, a struct or a sentence.
//
// key_value.h says which keys, and what stands between them and their values. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "mask/scanner.h"
#include "mask/signs.h"

namespace logd {

// How a key is told its value, which decides what may end a bare one.
enum class Dress {
  assigned,  // key=value, key => value
  query,     // ?key=value&
  percent,   // key%3Dvalue%26
  pair,      // key:value, key: value
  sentence,  // key is value
  argument,  // --key value
};

struct Value {
  std::string_view line;
  std::size_t begin = 0;  // of the value, or of the blanks, brackets and quotes before it
  std::size_t limit = 0;  // nothing behind it is looked at; a value that reaches it takes the rest
  Dress dress = Dress::assigned;
  bool is_plural = false;       // a bare number is then an amount
  bool is_doubted = false;      // a bare word is then a reason
  bool is_line = false;         // nothing stands before the key, which is one for passwords
  bool may_be_word = false;     // the key tells that even a bare word is a secret: client_secret
  std::string_view own_name{};  // of the key, if a blank is behind it, as programs assign
  Sign item_quote{};            // of the list's item that key and value make together, if they do
};

void read_value(const Value& value, Secrets& secrets) noexcept;

// The value between tags: from `begin` on up to the next '<' in the same spelling as the '>'
// before.
void read_element(const Value& value, Secrets& secrets) noexcept;

}  // namespace logd
