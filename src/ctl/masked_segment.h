// Gives the records of a segment with their lines masked anew: what `logctl mask --rewrite` writes.
//
// Times, streams and tags stay, and events are passed on as they are. The pieces of a line are
// masked together as far as masking wants to look, and what it must know from one record to the
// next goes on from segment to segment. Read from the beginning to the end, once; memory is that of
// the longest record and of a window behind it. One thread at a time per object.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "logd/file_system.h"
#include "mask/masker.h"
#include "store/record_view.h"

namespace logd {

// Of stdout and of stderr.
using MaskStates = std::array<MaskState, 2>;

// How the line goes on that a stream is in at the end of the segment: the beginning of what the
// next segments hold of it. The same each time.
using LineBehind = std::function<std::string(Stream)>;

// Adds to `text` what `records`, whole ones, hold of the line that `stream` is in, up to `enough`
// bytes of text; true if the line goes on behind them.
bool add_line_of(Stream stream, std::string_view records, std::size_t enough, std::string& text);

struct MaskedCount {
  std::uint64_t lines = 0;  // that read otherwise than before; the pieces of one are one
  std::uint64_t masks = 0;  // in these
};

class MaskedSegment final : public File {
 public:
  // `masker` and `segment`, the uncompressed bytes, must outlive this; `states` is how the segment
  // before ended; `line_behind` may be null.
  MaskedSegment(const Masker& masker, File& segment, const MaskStates& states,
                LineBehind line_behind = nullptr);

  // The masked records that follow, valid until the next call; none at the end. Errors: corrupt
  // (what stands there is not a record), io, limit (a record would become too long).
  Result<std::string_view> next();

  const MaskedCount& count() const { return count_; }
  const MaskStates& states() const { return states_; }

  // As a file: each read goes on where the one before ended. Errors: as next(), invalid.
  Result<std::size_t> read_at(void* to, std::size_t bytes, std::uint64_t offset) override;
  Result<std::size_t> write_at(std::string_view bytes, std::uint64_t offset) override;
  Result<void> truncate(std::uint64_t bytes) override;
  Result<void> sync_data() override;
  Result<FileStatus> status() override;
  int descriptor() const override { return -1; }

 private:
  Result<void> fill(std::size_t want);
  Result<std::size_t> record_at(std::size_t at);
  Result<void> append_record(std::size_t bytes);
  Result<void> take_line_behind(std::size_t at, Stream stream);
  Result<void> append_masked(std::string_view header, std::string_view content, RecordTag tag,
                             Stream stream);

  const Masker& masker_;
  File& segment_;
  MaskStates states_;
  LineBehind line_behind_;
  MaskedCount count_;
  std::array<bool, 2> is_line_counted_{};  // the one that each stream is in
  std::vector<char> in_;
  std::size_t begin_ = 0;  // of the records that were not given out
  std::size_t end_ = 0;
  std::uint64_t read_offset_ = 0;
  bool is_at_end_ = false;
  std::string text_;  // a piece, and what follows it in its line
  std::string out_;
  std::string_view rest_;  // of out_, for read_at()
  std::uint64_t offset_ = 0;
};

}  // namespace logd
