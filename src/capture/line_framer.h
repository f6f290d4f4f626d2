// Cuts a stream's bytes into lines, and a line over the limit into pieces.
//
// What comes out depends on nothing but the bytes from the start position and the limit, so that a
// batch that a crash cut short is cut in the same places when it is taken again. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "logd/line.h"

namespace logd {

// How far a cut looks back for the border of a token.
inline constexpr std::size_t kCutLookBackBytes = 4096;

// True for bytes that a token of sensitive data may consist of: no cut between two of them if it
// can be helped.
bool is_token_byte(unsigned char byte);

// Length of the first piece of a line that is longer than `limit`: at most `limit`, at least 1.
// Looks at no byte behind the limit but the one that decides whether the limit itself is a border.
std::size_t piece_length(std::string_view bytes, std::size_t limit);

// Length of the part of an unfinished line that ends at its last token border; 0 if there is none.
std::size_t length_to_last_border(std::string_view bytes);

class LineFramer {
 public:
  // `bytes` begins where the last record ended; `max_line_bytes` is what a record may hold. A piece
  // of a line whose end is not there yet is given out when `look_ahead_bytes` are there behind the
  // limit: where it is cut does not depend on that.
  LineFramer(std::string_view bytes, std::size_t max_line_bytes, std::size_t look_ahead_bytes = 0)
      : rest_(bytes),
        max_line_bytes_(max_line_bytes),
        max_unfinished_bytes_(max_line_bytes + look_ahead_bytes) {}

  // The next line, or piece of one. Nothing when what is left is an unfinished line within the
  // limit and what is to be seen behind it.
  std::optional<RawLine> next();

  // What next() has not yet given out.
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  std::size_t max_line_bytes_;
  std::size_t max_unfinished_bytes_;
};

inline std::optional<RawLine> LineFramer::next() {
  const std::size_t newline = rest_.find('\n');
  if (newline <= max_line_bytes_) [[likely]] {
    const RawLine line{rest_.substr(0, newline), RecordTag::full};
    rest_.remove_prefix(newline + 1);
    return line;
  }
  if (newline == std::string_view::npos && rest_.size() <= max_unfinished_bytes_)
    return std::nullopt;
  const RawLine piece{rest_.substr(0, piece_length(rest_, max_line_bytes_)), RecordTag::partial};
  rest_.remove_prefix(piece.bytes.size());
  return piece;
}

}  // namespace logd
