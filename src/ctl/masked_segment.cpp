// SPDX-License-Identifier: Apache-2.0
#include "ctl/masked_segment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "store/segment_reader.h"

namespace logd {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::size_t kOutBytes = 256 * 1024;
// How far behind a piece the next ones of its line are looked for, between records of the other
// stream.
constexpr std::size_t kMaxLookBehindPiece = 1 << 20;

Unexpected read_only() { return fail(ErrorCode::invalid, "masked records can only be read"); }

}  // namespace

bool add_line_of(Stream stream, std::string_view records, std::size_t enough, std::string& text) {
  while (!records.empty() && text.size() < enough) {
    RecordView record;
    if (!look_at_record(take_first_record(records), record)) return false;
    if (record.type == RecordType::event || record.stream != stream) continue;
    text.append(record.content.substr(0, enough - text.size()));
    if (record.tag == RecordTag::full) return false;
  }
  return text.size() < enough;
}

MaskedSegment::MaskedSegment(const Masker& masker, File& segment, const MaskStates& states,
                             LineBehind line_behind)
    : masker_(masker),
      segment_(segment),
      states_(states),
      line_behind_(std::move(line_behind)),
      in_(kReadBytes) {}

// Reads until `want` bytes are there from begin_ on, or all that there are.
Result<void> MaskedSegment::fill(std::size_t want) {
  if (end_ - begin_ >= want || is_at_end_) return {};
  std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (in_.size() < want) in_.resize(want);
  while (end_ < in_.size()) {
    LOGD_TRY_ASSIGN(const std::size_t got,
                    segment_.read_at(in_.data() + end_, in_.size() - end_, read_offset_));
    end_ += got;
    read_offset_ += got;
    is_at_end_ = got == 0;
    if (is_at_end_) break;
  }
  return {};
}

// Bytes of the record that begins `at` bytes behind begin_, its newline included; 0 at the end.
Result<std::size_t> MaskedSegment::record_at(std::size_t at) {
  for (std::size_t want = 4096;; want *= 2) {
    LOGD_TRY(fill(at + want));
    const std::size_t have = end_ - begin_ - at;
    if (have == 0) return std::size_t{0};
    const char* const from = in_.data() + begin_ + at;
    const auto* newline = static_cast<const char*>(std::memchr(from, '\n', have));
    if (newline != nullptr) return static_cast<std::size_t>(newline - from) + 1;
    if (is_at_end_ || have > kMaxRecordBytes)
      return fail(ErrorCode::corrupt, "a record has no end");
  }
}

Result<std::string_view> MaskedSegment::next() {
  out_.clear();
  while (out_.size() < kOutBytes) {
    LOGD_TRY_ASSIGN(const std::size_t bytes, record_at(0));
    if (bytes == 0) break;
    LOGD_TRY(append_record(bytes));
    begin_ += bytes;
  }
  return std::string_view(out_);
}

Result<void> MaskedSegment::append_record(std::size_t bytes) {
  const std::string_view whole(in_.data() + begin_, bytes - 1);
  RecordView record;
  if (!look_at_record(whole, record))
    return fail(ErrorCode::corrupt, fmt::format("what stands at byte {} is not a record",
                                                read_offset_ - end_ + begin_));
  if (record.type == RecordType::event) {
    out_.append(whole).append("\n");
    return {};
  }
  const std::size_t header_bytes = whole.size() - record.content.size();
  if (record.tag == RecordTag::full)
    return append_masked(whole.substr(0, header_bytes), record.content, record.tag, record.stream);
  text_ = record.content;
  const std::size_t piece_bytes = text_.size();
  const std::string header(whole.substr(0, header_bytes));
  LOGD_TRY(take_line_behind(bytes, record.stream));
  return append_masked(header, std::string_view(text_).substr(0, piece_bytes), record.tag,
                       record.stream);
}

// Adds to the text what follows in the line, from records `at` bytes behind begin_ on.
Result<void> MaskedSegment::take_line_behind(std::size_t at, Stream stream) {
  const std::size_t enough = text_.size() + kMaskLookAheadBytes;
  const std::size_t far = at + kMaxLookBehindPiece;
  while (at < far) {
    LOGD_TRY_ASSIGN(const std::size_t bytes, record_at(at));
    if (bytes == 0) {
      if (line_behind_) text_.append(line_behind_(stream), 0, enough - text_.size());
      return {};
    }
    if (!add_line_of(stream, {in_.data() + begin_ + at, bytes}, enough, text_)) return {};
    at += bytes;
  }
  return {};
}

// `content` is the beginning of text_, or a whole line.
Result<void> MaskedSegment::append_masked(std::string_view header, std::string_view content,
                                          RecordTag tag, Stream stream) {
  const bool is_piece = tag == RecordTag::partial;
  MaskState& state = states_[static_cast<std::size_t>(stream)];
  MaskPass pass(masker_, is_piece ? std::string_view(text_) : content, state);
  const std::string_view masked =
      pass.mask({content, tag}, is_piece ? LineEnd::no : LineEnd::yes).bytes();
  bool& is_counted = is_line_counted_[static_cast<std::size_t>(stream)];
  if (masked != content) {
    if (!is_counted) ++count_.lines;
    is_counted = true;
    count_.masks += std::max<std::size_t>(pass.edits().size(), 1);
    if (masked.find('\n') != std::string_view::npos)
      return fail(ErrorCode::invalid, "a mask holds a newline");
    if (header.size() + masked.size() + 1 > kMaxRecordBytes)
      return fail(ErrorCode::limit, "with its masks a record would become too long");
  }
  out_.append(header).append(masked).append("\n");
  state = pass.state();
  is_counted = is_counted && is_piece;
  return {};
}

Result<std::size_t> MaskedSegment::read_at(void* to, std::size_t bytes, std::uint64_t offset) {
  if (offset != offset_) return fail(ErrorCode::invalid, "masked records are read in order");
  if (rest_.empty()) {
    LOGD_TRY_ASSIGN(rest_, next());
  }
  const std::size_t taken = std::min(bytes, rest_.size());
  rest_.copy(static_cast<char*>(to), taken);
  rest_.remove_prefix(taken);
  offset_ += taken;
  return taken;
}

Result<std::size_t> MaskedSegment::write_at(std::string_view, std::uint64_t) { return read_only(); }
Result<void> MaskedSegment::truncate(std::uint64_t) { return read_only(); }
Result<void> MaskedSegment::sync_data() { return read_only(); }
Result<FileStatus> MaskedSegment::status() { return read_only(); }

}  // namespace logd
