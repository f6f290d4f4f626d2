// Folds what varies from line to line, so that lines of one kind become one pattern: for `stats`.
//
//   <time>  2026-11-22T10:00:00.123Z, 2026/11/22, 10:00:00,123
//   <num>   12, -3.5, 1,000, 1.2.3, and the digits at the end of a word or before a unit: 12ms
//   <hex>   0x1f, and eight or more hexadecimal digits of which one is 0 to 9; also a MAC address
//   <uuid>  <ip> (both kinds, with a port)  <url>  <path> (from "/" or "C:\" on)
//   <id>    a word of six or more bytes in which letters and digits take turns: x7Gq2f
//   <str>   what stands in quotes
//
// In JSON the keys stay, and of the values of level, severity, msg, message, event, error and err
// (msg= and so on in logfmt) only what varies in them is folded, since they say which kind a line
// is. Spaces become one, colours none. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace logd {

// Of a line no more is looked at, and a pattern is no longer, but for what stands for a part.
inline constexpr std::size_t kMaxFoldedBytes = 4096;
inline constexpr std::size_t kMaxPatternBytes = 256;

// Appends the pattern of `line`, at most kMaxPatternBytes and "...". Other bytes are as they came.
void append_pattern(std::string& to, std::string_view line);

}  // namespace logd
