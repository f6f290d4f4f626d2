// Turns raw lines into lines that may be stored: the only maker of MaskedLine.
//
// A Masker is what one process's configuration comes to: rules in force, styles, literals. A
// MaskPass goes with it over the lines of one batch of one stream, in order. How secrets are found
// is mask_engine.h's business, what is written instead redaction.h's. Loop thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "logd/line.h"
#include "mask/mask_engine.h"
#include "mask/mask_state.h"
#include "mask/own_literals.h"
#include "mask/redaction.h"

namespace logd {

// A masked line is at most so much longer than the line was; further masks in it are stars.
inline constexpr std::size_t kMaxMaskGrowthBytes = 4096;

// Bytes behind a cut in a line that masking wants to see before the cut is made.
inline constexpr std::size_t kMaskLookAheadBytes = kMaxWindowBytes;

// What searches need, and count; shared by all maskers with the same engine.
struct MaskMemory {
  MaskEngine::Scratch scratch;
  std::vector<LiteralFinder::Hit> hits;
  std::vector<Edit> edits;       // of the part of the text that was searched last
  std::vector<Edit> line_edits;  // of the line that is being masked
  std::string line;              // masked
  std::uint64_t masked = 0;      // secrets, of literals and of what cuts left too
};

// What stands for a line that nothing could look at.
inline constexpr std::string_view kHiddenLine = "[masked:unverified]";

// Whether a line that is to be masked ends here, or goes on in the next record.
enum class LineEnd { yes, no };

class MaskPass;

class Masker {
 public:
  // Passes all lines as they are: masking is off.
  Masker() = default;

  // Lets nothing through: each line is masked as a whole. For a policy that cannot be followed.
  static Masker that_hides_all() {
    Masker masker;
    masker.hides_all_ = true;
    return masker;
  }

  // All must outlive the masker; `key` may be null, `literals` too.
  Masker(const MaskEngine& engine, MaskMemory& memory, const MaskKey* key,
         const OwnLiterals* literals)
      : engine_(&engine), memory_(&memory), key_(key), literals_(literals) {}

  bool is_on() const { return engine_ != nullptr; }

  // Secrets that all maskers with the same memory have masked so far.
  std::uint64_t masked_so_far() const { return memory_ == nullptr ? 0 : memory_->masked; }

  // How much of the unfinished line `text` can be stored without its end: no rule could still want
  // to see it together with what follows.
  std::size_t settled_bytes(std::string_view text) const;

 private:
  friend class MaskPass;
  static MaskedLine masked(std::string_view bytes, RecordTag tag) { return MaskedLine(bytes, tag); }

  const MaskEngine* engine_ = nullptr;
  MaskMemory* memory_ = nullptr;
  const MaskKey* key_ = nullptr;
  const OwnLiterals* literals_ = nullptr;
  bool hides_all_ = false;
};

class MaskPass {
 public:
  // `text` holds the lines that will come, and where there is more, what follows them; `state` is
  // how the pass before ended.
  MaskPass(const Masker& masker, std::string_view text, MaskState state)
      : masker_(masker), text_(text), state_(state) {}

  // Masks the next line, or piece of one, which must lie in the text behind those before. Valid
  // until the next call, and while the text is.
  MaskedLine mask(const RawLine& line, LineEnd end = LineEnd::yes);

  // Instead of mask(): all lines of the text, with their newlines, appended to `to`. Clean lines
  // between two masks are copied at once.
  void mask_all(std::string& to);

  // Behind the last line.
  MaskState state() const { return state_; }

  // What was masked of the last line, by position in the text; valid until the next call.
  std::span<const Edit> edits() const {
    return is_dirty_ ? std::span<const Edit>(masker_.memory_->line_edits) : std::span<const Edit>();
  }

 private:
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  std::size_t clean_bytes_from(std::size_t at);
  MaskedLine mask_dirty(const RawLine& line, Range range, LineEnd end);
  void search(Range line, LineEnd end);
  void take_state(const RawLine& line, Range range, LineEnd end);
  std::vector<Edit> found_behind(std::size_t cut, std::size_t stop) const;
  void carry(Range range);
  void carry(Range range, const Edit& edit);
  void open_with(const Edit& edit);
  void carry_key(Range range, std::size_t stop);
  bool begins_key_at(std::size_t begin) const;
  void write(const RawLine& line, Range range);
  void write_mask(std::string_view line, std::size_t begin, std::size_t end, std::uint16_t slot,
                  std::size_t& growth_left);

  const Masker& masker_;
  std::string_view text_;
  MaskState state_;
  std::size_t searched_begin_ = 0;  // memory's edits are those of [begin, end)
  std::size_t searched_end_ = 0;
  std::size_t next_edit_ = 0;
  bool is_dirty_ = false;  // something of the last line was masked
  bool has_keys_ = false;  // a private key of several lines begins in it
};

inline MaskedLine MaskPass::mask(const RawLine& line, LineEnd end) {
  is_dirty_ = false;
  if (!masker_.is_on() || line.bytes.empty()) {
    if (end == LineEnd::yes) state_ = state_.behind_line();
    const bool is_hidden = masker_.hides_all_ && !line.bytes.empty();
    return Masker::masked(is_hidden ? kHiddenLine : line.bytes, line.tag);
  }
  const auto begin = static_cast<std::size_t>(line.bytes.data() - text_.data());
  const Range range{begin, begin + line.bytes.size()};
  if (range.end > searched_end_) search(range, end);
  const std::vector<Edit>& edits = masker_.memory_->edits;
  const bool has_edit = next_edit_ < edits.size() && edits[next_edit_].begin < range.end;
  if (!has_edit && !has_keys_ && state_.is_none() && end == LineEnd::yes) [[likely]]
    return Masker::masked(line.bytes, line.tag);
  return mask_dirty(line, range, end);
}

}  // namespace logd
