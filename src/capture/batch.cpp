// SPDX-License-Identifier: Apache-2.0
#include "capture/batch.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "capture/line_framer.h"
#include "logd/record.h"
#include "store/event.h"

namespace logd {
namespace {

// Writes records one after another, leaving out the first `skip`.
class BatchWriter {
 public:
  BatchWriter(const BatchInput& input, const Masker& masker, OutputBuffer& output)
      : encoder_(input.first_time, input.stream),
        pass_(masker, input.bytes, input.mask_state),
        begin_(output.begin()),
        end_(begin_),
        limit_(begin_ + std::min(output.soft_limit(), input.room)),
        skip_(input.skip_records) {}

  bool is_full() const { return end_ >= limit_; }
  bool is_skipping() const { return skipped_ < skip_; }

  void put(const RawLine& line, LineEnd end) {
    // One that is left out is masked too: what follows may depend on it.
    const MaskedLine masked = pass_.mask(line, end);
    if (skip_next()) return;
    end_ = encoder_.encode(end_, masked);
    ++count_;
  }

  void put_event(std::string_view text) {
    if (skip_next()) return;
    const std::string record = encode_event(encoder_.last_time() + Nanoseconds(1), text);
    std::memcpy(end_, record.data(), record.size());
    end_ += record.size();
    encoder_.skip_one();
    ++count_;
  }

  void finish(Batch& batch) const {
    batch.records = std::string_view(begin_, static_cast<std::size_t>(end_ - begin_));
    batch.record_count = count_;
    batch.skipped = skipped_;
    batch.mask_state = pass_.state();
  }

 private:
  bool skip_next() {
    if (skipped_ == skip_) [[likely]]
      return false;
    ++skipped_;
    return true;
  }

  RecordEncoder encoder_;
  MaskPass pass_;
  char* begin_;
  char* end_;
  char* limit_;
  std::uint64_t skip_;
  std::uint64_t skipped_ = 0;
  std::uint64_t count_ = 0;
};

// The last line of a stream, if it has no newline, with an event in front that says so; or, if only
// pieces of it came, an empty record that closes them.
void put_last_line(const BatchInput& input, std::string_view rest, BatchWriter& writer,
                   Batch& batch) {
  if (rest.empty() && !batch.is_mid_line) return;
  writer.put_event(no_newline_event(input.stream));
  writer.put({rest, RecordTag::full}, LineEnd::yes);
  batch.consumed += rest.size();
  batch.is_mid_line = false;
  batch.lacks_newline = true;
  ++batch.lines;
}

}  // namespace

OutputBuffer::OutputBuffer(std::size_t bytes, std::size_t max_line_bytes)
    : memory_(new char[bytes + max_line_bytes + kMaxMaskGrowthBytes + 1024]),
      soft_limit_(bytes),
      max_line_bytes_(max_line_bytes) {}

Batch encode_batch(const BatchInput& input, const Masker& masker, OutputBuffer& output) {
  Batch batch;
  batch.is_mid_line = input.is_mid_line;
  BatchWriter writer(input, masker, output);
  LineFramer framer(input.bytes, input.max_line_bytes,
                    input.end == EndOfInput::yes ? 0 : input.look_ahead_bytes);
  std::uint64_t lines_left = input.max_lines;
  bool is_over = false;
  while (!writer.is_full()) {
    const bool is_free = writer.is_skipping() || batch.is_mid_line;
    is_over = lines_left == 0 && !is_free && !framer.rest().empty();
    if (is_over) break;
    std::optional<RawLine> line = framer.next();
    if (!line) break;
    const LineEnd end = line->tag == RecordTag::full ? LineEnd::yes : LineEnd::no;
    if (end == LineEnd::yes) [[likely]] {
      batch.is_mid_line = false;
      ++batch.lines;
    } else if (input.pieces_are_full) {
      line->tag = RecordTag::full;
      ++batch.lines;
      ++batch.cut_pieces;
    } else {
      batch.is_mid_line = true;
    }
    if (line->tag == RecordTag::full && lines_left > 0 && !writer.is_skipping()) --lines_left;
    writer.put(*line, end);
  }
  batch.stopped_early = writer.is_full() || is_over;
  batch.consumed = input.bytes.size() - framer.rest().size();
  // Only when the framer has given out everything: a full buffer or segment leaves the end to the
  // next batch.
  if (input.end == EndOfInput::yes && !batch.stopped_early) {
    put_last_line(input, framer.rest(), writer, batch);
    batch.reached_end = true;
  }
  writer.finish(batch);
  return batch;
}

}  // namespace logd
