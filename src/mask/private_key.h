// Finds private keys in PEM and PGP armour and in PuTTY's form: those that stand on one line, and,
// line by line, those that go on over the following ones.
//
// Key:  ----- BEGIN [words] PRIVATE KEY [BLOCK] ----- body ----- END ... with 4 or 5 dashes each,
// newlines in the body real, escaped at any depth, or blanks; or "Private-Lines: n" and lines up to
// "Private-MAC". Public keys and certificates are none, nor is a BEGIN line without a body.
//
// Of many lines: the caller keeps one PrivateKeyState for each stream. A line for which
// begins_key() is true starts it at {1, 0}; while it is inside, next_key_line() says what of each
// further line is to be masked, and how it goes on. A prefix that a logger puts before each line
// stays, and what it puts behind it. Lines of other threads may stand between, each for two of the
// key's lines, or for eight before its body; they are not masked unless they look like one of the
// body. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "mask/scanner.h"

namespace logd {

inline constexpr std::uint8_t kMaxKeyLines = 200;
inline constexpr std::uint16_t kMaxKeyBytes = 16 * 1024;

// What stands on a line that begins a key.
inline constexpr std::string_view kKeyBegins[] = {"PRIVATE KEY", "Private-Lines"};

// Keywords: "private key", "private-lines". What stands on the hit's line behind BEGIN ..., up to
// END or to the end of the line; at most kMaxKeyBytes are searched for END.
void scan_private_key(const KeywordHit& hit, Secrets& secrets) noexcept;

// Where a stream stands in a key. Together they need 8 + 15 bits.
struct PrivateKeyState {
  std::uint8_t lines = 0;   // read since BEGIN, which counts; 0: not inside a key
  std::uint16_t bytes = 0;  // of the key so far

  bool is_inside() const { return lines != 0; }
};

// A key begins on this line and does not end on it.
bool begins_key(std::string_view line) noexcept;

// Where a key whose text began before `line`, on the same line of the log, ends in it: at END, or
// not before the line does.
std::size_t key_text_end(std::string_view line) noexcept;

// What of a line is part of the key, and the state behind the line. Nothing is when begin == end:
// the END line, an empty one, or one that is no part of a key.
struct KeyLine {
  std::size_t begin = 0;
  std::size_t end = 0;
  PrivateKeyState next;
};

// `state` must be inside.
KeyLine next_key_line(std::string_view line, PrivateKeyState state) noexcept;

}  // namespace logd
