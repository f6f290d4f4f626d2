// Encodes what one turn took from a stream: frame, mask, stamp, into one buffer for one write.
//
// Given the same bytes and the same settings it makes the same records, which is what lets a batch
// that a crash cut short be taken again from its start, leaving out the records that are stored
// already. Pure, but for the buffer.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "logd/line.h"
#include "logd/units.h"
#include "mask/masker.h"

namespace logd {

// A fixed piece of memory for encoded records.
class OutputBuffer {
 public:
  // Holds `bytes` of records, and behind them always one more record of `max_line_bytes` before it
  // was masked.
  OutputBuffer(std::size_t bytes, std::size_t max_line_bytes);

  char* begin() const { return memory_.get(); }
  std::size_t soft_limit() const { return soft_limit_; }
  std::size_t max_line_bytes() const { return max_line_bytes_; }

 private:
  std::unique_ptr<char[]> memory_;
  std::size_t soft_limit_;
  std::size_t max_line_bytes_;
};

enum class EndOfInput { no, yes };

struct BatchInput {
  std::string_view bytes;  // from the cursor on
  Stream stream = Stream::out;
  std::size_t max_line_bytes = 0;
  std::uint64_t skip_records = 0;  // records at the front that are stored already
  EndOfInput end =
      EndOfInput::no;        // bytes are the last of the stream: an unfinished line is stored too
  bool is_mid_line = false;  // the record before was a piece
  bool pieces_are_full =
      false;  // several sources share the stream: nobody could tell whose piece follows
  WallTime first_time;
  std::size_t room = 0;  // of the segment: the batch ends with the record that reaches it
  std::uint64_t max_lines = ~std::uint64_t{0};  // begun in this batch
  std::size_t look_ahead_bytes = 0;  // wanted behind a cut, while the line's end is not there
  MaskState mask_state;              // behind the record before
};

struct Batch {
  std::string_view records;        // encoded, in the output buffer
  std::uint64_t record_count = 0;  // of `records`
  std::uint64_t skipped = 0;       // left out
  std::uint64_t lines = 0;         // lines that end in this batch, without events
  std::uint64_t cut_pieces = 0;    // pieces stored as lines (pieces_are_full)
  std::size_t consumed = 0;        // bytes of the input
  bool is_mid_line = false;        // after this batch
  MaskState mask_state;            // after this batch
  bool stopped_early = false;      // something was full, or max_lines: there may be more lines
  bool reached_end = false;        // end == yes, and nothing of the stream is left
  bool lacks_newline = false;      // the last line had none
};

Batch encode_batch(const BatchInput& input, const Masker& masker, OutputBuffer& output);

}  // namespace logd
