// SPDX-License-Identifier: Apache-2.0
#include "capture/line_dropper.h"

#include <algorithm>

namespace logd {

LineDrop drop_lines(const DropInput& input) {
  LineDrop drop;
  drop.drops_line = input.drops_line;
  std::string_view rest = input.bytes;
  const auto take = [&](std::size_t bytes) {
    drop.consumed += bytes;
    drop.bytes += bytes;
    rest.remove_prefix(bytes);
  };
  const auto cannot_be_whole = [&](bool has_lost_some) {
    return !rest.empty() &&
           (has_lost_some || rest.size() > input.max_line_bytes || input.end == EndOfInput::yes);
  };

  if (input.is_mid_line || input.drops_line) {
    const std::size_t newline = rest.find('\n');
    if (newline == std::string_view::npos) {
      if (!cannot_be_whole(input.drops_line)) return drop;
      take(rest.size());
      drop.drops_line = input.end == EndOfInput::no;
      return drop;
    }
    take(newline + 1);
    const bool has_stored_pieces = input.is_mid_line || input.is_cut_off;
    if (has_stored_pieces) --drop.bytes;  // the record that closes them stands for it
    drop.drops_line = false;
  }
  if (input.extent == DropExtent::rest_of_line) return drop;

  const std::size_t whole = rest.rfind('\n') + 1;  // npos + 1 == 0
  drop.lines += static_cast<std::uint64_t>(
      std::count(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(whole), '\n'));
  take(whole);
  if (!cannot_be_whole(false)) return drop;
  ++drop.lines;
  take(rest.size());
  drop.drops_line = input.end == EndOfInput::no;
  return drop;
}

}  // namespace logd
