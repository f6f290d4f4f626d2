// Builds and checks the lines that the load tools write: `S L NNNNNNNNNN CCCCCCCC filler`.
//
// S is the stream (`o` or `e`), L a label that tells one writer from another, N the number of the
// line within its stream, C a CRC-32 over everything else. A line says by itself who wrote it and
// whether it is whole, so a log can be checked without the plain copy beside it. Shares no code
// with logd, which is what is being checked. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace load {

inline constexpr std::size_t kMinLineBytes = 138;  // newline included
inline constexpr std::size_t kMaxLineBytes = 160;
inline constexpr std::size_t kMaxLabelBytes = 16;

// Number `state` of a fixed pseudo-random sequence (splitmix64).
std::uint64_t mix(std::uint64_t state);

// Writes line `number` with its newline at `to`, which has room for kMaxLineBytes, and returns its
// length. The same three arguments always give the same bytes.
std::size_t build_line(char* to, char stream, std::string_view label, std::uint64_t number);

struct NumberedLine {
  char stream;
  std::string_view label;
  std::uint64_t number;
};

// Parses one line without its newline; nothing if it is not whole.
std::optional<NumberedLine> parse_line(std::string_view bytes);

}  // namespace load
