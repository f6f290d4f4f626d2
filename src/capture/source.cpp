// SPDX-License-Identifier: Apache-2.0
#include "capture/source.h"

#include <algorithm>
#include <cstring>

#include "capture/line_framer.h"
#include "logd/record.h"

namespace logd {

namespace {

std::uint64_t whole_pages(std::uint64_t bytes) { return (bytes + 4095) & ~std::uint64_t{4095}; }

}  // namespace

char* BatchMemory::input(std::size_t max_line_bytes) {
  // One byte more than a line may have, so that a batch always holds a whole line or a piece.
  const std::size_t needed = std::max(batch_bytes_, max_line_bytes + 1);
  if (input_.size() < needed) input_.resize(needed);
  return input_.data();
}

OutputBuffer& BatchMemory::output(std::size_t max_line_bytes) {
  if (!output_ || output_->max_line_bytes() < max_line_bytes)
    output_ = std::make_unique<OutputBuffer>(batch_bytes_ + batch_bytes_ / 2, max_line_bytes);
  return *output_;
}

Source::Source(std::unique_ptr<Escrow> escrow, ProcessLog& log, const Masker& masker,
               BatchMemory& memory, Settings settings)
    : escrow_(std::move(escrow)),
      log_(log),
      masker_(masker),
      memory_(memory),
      settings_(settings) {}

bool Source::adopt() {
  position_ = escrow_->position();
  if (position_ > escrow_->size_bytes()) return false;
  // A kill came between the two steps that start the escrow at its front again, or that hand a slot
  // on.
  const bool skips_nothing = position_ == 0 && slot().skip_records > 0;
  if (position_ < cursor() || skips_nothing) log_.ledger().reset_cursor(settings_.slot);
  scanned_ = cursor();
  ended_ = slot().has(kSlotEnded);
  escrow_->give_back(whole_pages(position_));  // what the predecessor's batches have used
  note_held();
  return true;
}

bool Source::take_over(Source& from, const StreamId& id, const StreamId& run_id) {
  const std::uint64_t end = from.position_;
  if (from.ended_ || escrow_->position() != 0 || escrow_->size_bytes() < end) return false;
  char* bytes = memory_.input(settings_.max_line_bytes);
  for (std::uint64_t at = from.cursor(); at < end;) {
    const std::uint64_t piece = std::min<std::uint64_t>(end - at, memory_.input_bytes());
    if (!from.escrow_->read(bytes, piece, at) ||
        !escrow_->write(std::string_view(bytes, piece), at))
      return false;
    at += piece;
  }
  log_.ledger().hand_on_slot(settings_.slot, id, run_id);
  from.ended_ = true;
  escrow_->seek(end);
  position_ = end;
  scanned_ = from.scanned_;
  note_held();
  return true;
}

Source::Outcome Source::turn(std::uint64_t& taken) {
  taken = 0;
  if (ended_) return Outcome::ended;
  if (position_ > scanned_) return store(EndOfInput::no);
  return take(taken);
}

Source::Outcome Source::drain_escrow() {
  while (!ended_ && position_ > scanned_)
    if (const Outcome outcome = store(EndOfInput::no); outcome != Outcome::more) return outcome;
  return ended_ ? Outcome::ended : Outcome::idle;
}

Source::Outcome Source::take(std::uint64_t& taken) {
  if (!input_ended_) {
    // The position is shared with a process that is not trusted.
    if (escrow_->position() != position_ || !make_room()) return Outcome::broken;
    const std::uint64_t free = escrow_->size_bytes() - position_;
    const Escrow::Taken got = escrow_->take(
        std::min<std::uint64_t>({free, memory_.batch_bytes(), settings_.reset_above_bytes * 2}));
    if (got.result == Escrow::TakeResult::empty) return Outcome::idle;
    if (got.result == Escrow::TakeResult::broken) return Outcome::broken;
    if (got.result == Escrow::TakeResult::taken) {
      taken = got.bytes;
      position_ += got.bytes;
      note_held();
      counters_.bytes += got.bytes;
      return store(EndOfInput::no);
    }
    input_ended_ = true;
  }
  return store(EndOfInput::yes);
}

// An unfinished line that grows byte by byte is not read again from its start each time.
bool Source::found_no_newline() {
  const std::uint64_t fresh = position_ - scanned_;
  if (scanned_ == cursor() || position_ - cursor() > settings_.max_line_bytes) return false;
  char* bytes = memory_.input(settings_.max_line_bytes);
  if (!escrow_->read(bytes, fresh, scanned_)) return false;
  if (std::memchr(bytes, '\n', fresh) != nullptr) return false;
  scanned_ = position_;
  return true;
}

Source::Outcome Source::store(EndOfInput end) {
  if (end == EndOfInput::no && found_no_newline()) return Outcome::more;
  if (auto ready = log_.prepare(); !ready) {
    error_ = std::move(ready.error());
    return Outcome::stalled;
  }
  const LedgerSlot before = slot();
  BatchInput input;
  input.stream = settings_.stream;
  input.max_line_bytes = before.skip_records > 0 ? before.skip_max_line : settings_.max_line_bytes;
  char* bytes = memory_.input(input.max_line_bytes);
  const std::uint64_t available = position_ - before.cursor;
  const std::uint64_t size = std::min<std::uint64_t>(available, memory_.input_bytes());
  if (!escrow_->read(bytes, size, before.cursor)) return Outcome::broken;
  input.bytes = std::string_view(bytes, size);
  input.end = size == available ? end : EndOfInput::no;
  input.skip_records = before.skip_records;
  input.is_mid_line = before.has(kSlotMidLine);
  input.pieces_are_full = is_shared_;
  input.first_time = log_.next_time();
  input.room = log_.room();
  const Batch batch = encode_batch(input, masker_, memory_.output(input.max_line_bytes));
  if (batch.consumed == 0 && !batch.reached_end) {
    scanned_ = before.cursor + size;
    return Outcome::more;
  }
  if (!append(batch, input.first_time, input.max_line_bytes)) return Outcome::stalled;
  // What the framer would not give out is an unfinished line; what a full buffer left may hold more
  // lines.
  const bool all_framed = batch.consumed == size || !batch.stopped_early;
  scanned_ = all_framed ? before.cursor + size : cursor();
  ended_ = batch.reached_end;
  return ended_ ? Outcome::ended : Outcome::more;
}

bool Source::append(const Batch& batch, WallTime first_time, std::size_t max_line_bytes) {
  AppendRequest request;
  request.bytes = batch.records;
  request.records = batch.record_count;
  request.first_time = first_time;
  request.slot = settings_.slot;
  request.max_line = max_line_bytes;
  request.after = slot();
  request.after.cursor += batch.consumed;
  request.after.skip_records -= batch.skipped;
  request.after.flags &= ~static_cast<std::uint32_t>(kSlotMidLine);
  if (batch.is_mid_line) request.after.flags |= kSlotMidLine;
  if (batch.reached_end) request.after.flags |= kSlotEnded;
  if (batch.lacks_newline) request.after.flags |= kSlotNoNewline;

  Appended appended = log_.append(request);
  if (!appended.complete) {
    error_ = std::move(appended.error);
    scanned_ = cursor();
    return false;
  }
  counters_.batches += 1;
  counters_.lines += batch.lines;
  counters_.cut_pieces += batch.cut_pieces;
  return true;
}

bool Source::store_idle_part() {
  if (ended_ || is_shared_ || slot().skip_records > 0 || position_ > scanned_) return false;
  const std::uint64_t size = position_ - cursor();
  char* bytes = memory_.input(settings_.max_line_bytes);
  if (size == 0 || size > settings_.max_line_bytes) return false;
  if (!escrow_->read(bytes, size, cursor())) return false;
  const std::size_t length = length_to_last_border(std::string_view(bytes, size));
  if (length == 0 || !log_.prepare()) return false;
  RecordEncoder encoder(log_.next_time(), settings_.stream);
  Batch batch;
  char* begin = memory_.output(settings_.max_line_bytes).begin();
  char* end =
      encoder.encode(begin, masker_.mask({std::string_view(bytes, length), RecordTag::partial}));
  batch.records = std::string_view(begin, static_cast<std::size_t>(end - begin));
  batch.record_count = 1;
  batch.consumed = length;
  batch.is_mid_line = true;
  return append(batch, encoder.last_time(), settings_.max_line_bytes);
}

bool Source::close_open_piece() {
  if (!is_mid_line() || !log_.prepare()) return false;
  RecordEncoder encoder(log_.next_time(), settings_.stream);
  char* begin = memory_.output(settings_.max_line_bytes).begin();
  char* end = encoder.encode(begin, masker_.mask({std::string_view(), RecordTag::full}));
  Batch batch;
  batch.records = std::string_view(begin, static_cast<std::size_t>(end - begin));
  batch.record_count = 1;
  batch.cut_pieces = 1;
  return append(batch, encoder.last_time(), settings_.max_line_bytes);
}

// What is in the escrow from `offset` to the last newline that a buffer holds; valid until the next
// call.
std::string_view Source::whole_lines_from(std::uint64_t offset) {
  if (ended_ || position_ <= offset) return {};
  char* bytes = memory_.input(settings_.max_line_bytes);
  const std::uint64_t size = std::min<std::uint64_t>(position_ - offset, memory_.input_bytes());
  if (!escrow_->read(bytes, size, offset)) return {};
  const std::string_view read(bytes, size);
  return read.substr(0, read.rfind('\n') + 1);  // npos + 1 == 0
}

std::uint64_t Source::count_whole_lines() {
  std::uint64_t lines = 0;
  std::uint64_t offset = cursor();
  for (std::string_view found; !(found = whole_lines_from(offset)).empty(); offset += found.size())
    lines += static_cast<std::uint64_t>(std::count(found.begin(), found.end(), '\n'));
  return lines - std::min(lines, slot().skip_records);
}

void Source::discard_whole_lines() {
  for (std::string_view lines; !(lines = whole_lines_from(cursor())).empty();) {
    AppendRequest request;
    request.slot = settings_.slot;
    request.after = slot();
    request.after.cursor += lines.size();
    request.after.skip_records = 0;
    request.after.flags &= ~static_cast<std::uint32_t>(kSlotMidLine);
    log_.append(request);
  }
  scanned_ = cursor();
}

// Needed: room for the longest line behind the position. Wanted: that a busy stream uses the same
// few pages again and again, which stay in the cache and are all the memory it costs.
bool Source::make_room() {
  const std::uint64_t rest = position_ - cursor();
  const bool is_needed = escrow_->size_bytes() - position_ < settings_.max_line_bytes;
  const bool is_wanted = position_ >= settings_.reset_above_bytes && cursor() > rest;
  if (!is_needed && !is_wanted) return true;
  return move_to_front();
}

// Copy, seek, cursor, in this order. The source of the copy stays intact until the seek; after it
// the position lies below the cursor, which tells a successor that the cursor is 0.
bool Source::move_to_front() {
  const std::uint64_t rest = position_ - cursor();
  if (cursor() <= rest) return position_ < escrow_->size_bytes();
  if (rest > 0) {
    char* bytes = memory_.input(settings_.max_line_bytes);
    if (rest > memory_.input_bytes() || !escrow_->read(bytes, rest, cursor()) ||
        !escrow_->write(std::string_view(bytes, rest), 0))
      return false;
  }
  if (!escrow_->seek(rest)) return false;
  log_.ledger().reset_cursor(settings_.slot);
  position_ = rest;
  scanned_ = rest;  // a move happens only when all before the position was looked at
  return true;
}

void Source::give_back_memory() {
  if (ended_ || position_ > scanned_ || escrow_->position() != position_) return;
  if (cursor() > position_ - cursor()) move_to_front();
  escrow_->give_back(whole_pages(position_));
  held_bytes_ = whole_pages(position_);
}

// Pieces are cut by what goes into the intent, so a batch that a crash cuts short is taken again
// with the same limit.
bool Source::shrink(std::uint64_t bytes) {
  const std::uint64_t stored_before = counters_.batches;
  const std::uint64_t rest = bytes / 2;
  if (!ended_ && position_ - cursor() > rest) {
    const std::size_t max_line = settings_.max_line_bytes;
    settings_.max_line_bytes = std::min<std::size_t>(max_line, rest);
    scanned_ = cursor();
    std::ignore = drain_escrow();
    settings_.max_line_bytes = max_line;
  }
  give_back_memory();
  return counters_.batches > stored_before;
}

}  // namespace logd
