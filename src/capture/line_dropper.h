// Decides which bytes of a stream go when its lines must be dropped.
//
// Whole lines go. An unfinished one stays as long as it may still be stored whole; of one that
// cannot, the end goes too, so that nothing torn is ever stored. Lines and bytes are counted so
// that what is stored and what is dropped is together what was written. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "capture/batch.h"

namespace logd {

enum class DropExtent { all_lines, rest_of_line };

struct DropInput {
  std::string_view bytes;  // from the cursor on
  std::size_t max_line_bytes = 0;
  bool is_mid_line = false;  // pieces of the first line are stored
  bool drops_line = false;   // the beginning of the first line was dropped
  bool is_cut_off = false;   // ... or its middle: pieces of it are stored
  DropExtent extent = DropExtent::all_lines;
  EndOfInput end = EndOfInput::no;
};

struct LineDrop {
  std::size_t consumed = 0;  // bytes of the input
  std::uint64_t lines = 0;   // of which nothing is stored; one counts when its beginning goes
  std::uint64_t bytes = 0;   // the newline of a line of which pieces are stored does not count
  bool drops_line = false;   // what follows belongs to a line that has lost its beginning
};

LineDrop drop_lines(const DropInput& input);

}  // namespace logd
