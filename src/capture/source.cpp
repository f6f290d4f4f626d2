// SPDX-License-Identifier: Apache-2.0
#include "capture/source.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "capture/line_framer.h"
#include "logd/record.h"
#include "store/event.h"

namespace logd {

namespace {

// What is left out ends a line that was cut. A private key goes on behind lines that nobody has
// looked at, and may have begun in them.
std::uint32_t behind_dropped(std::uint32_t mask_state, std::string_view dropped) {
  MaskState state = MaskState::unpacked(mask_state).behind_line();
  if (!state.is_none()) return state.packed();
  const bool has_key = std::any_of(std::begin(kKeyBegins), std::end(kKeyBegins), [&](auto begins) {
    const std::size_t at = dropped.rfind(begins);
    if (at == std::string_view::npos) return false;
    const std::size_t begin = dropped.rfind('\n', at) + 1;  // npos + 1 == 0
    return begins_key(dropped.substr(begin, dropped.find('\n', at) - begin));
  });
  if (!has_key) return 0;
  state.kind = MaskState::Kind::key;
  state.key = {1, 0};
  return state.packed();
}

std::uint64_t whole_pages(std::uint64_t bytes) { return (bytes + 4095) & ~std::uint64_t{4095}; }

}  // namespace

char* BatchMemory::input(std::size_t max_line_bytes) {
  // One byte more than a line may have and what masking wants to see behind it, so that a batch
  // always holds a whole line or a piece.
  const std::size_t needed = std::max(batch_bytes_, max_line_bytes + kMaskLookAheadBytes + 1);
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
  if (can_tell() && !is_in_gap() && !tell_dropped()) return Outcome::stalled;
  if (position_ > scanned_) return store(EndOfInput::no);
  return take(taken);
}

Source::Outcome Source::drop_turn(std::uint64_t& taken) {
  taken = 0;
  if (ended_) return Outcome::ended;
  if (!count_skipped()) return Outcome::stalled;
  if (position_ <= scanned_)
    if (const auto outcome = fill(taken)) return *outcome;
  const EndOfInput end = input_ended_ ? EndOfInput::yes : EndOfInput::no;
  if (end == EndOfInput::no && found_no_newline()) return Outcome::more;
  if (!drop(DropReason::disk_full, DropExtent::all_lines, end)) return Outcome::broken;
  return input_ended_ ? Outcome::stalled : Outcome::more;
}

Source::Outcome Source::drain_escrow() {
  while (!ended_ && position_ > scanned_)
    if (const Outcome outcome = store(EndOfInput::no); outcome != Outcome::more) return outcome;
  return ended_ ? Outcome::ended : Outcome::idle;
}

// More bytes from the pipe, or its end, in input_ended_; else how the turn ends without them.
std::optional<Source::Outcome> Source::fill(std::uint64_t& taken) {
  if (input_ended_) return std::nullopt;
  // The position is shared with a process that is not trusted.
  if (escrow_->position() != position_ || !make_room()) return Outcome::broken;
  const std::uint64_t free = escrow_->size_bytes() - position_;
  const Escrow::Taken got = escrow_->take(
      std::min<std::uint64_t>({free, memory_.batch_bytes(), settings_.reset_above_bytes * 2}));
  if (got.result == Escrow::TakeResult::empty) return Outcome::idle;
  if (got.result == Escrow::TakeResult::broken) return Outcome::broken;
  input_ended_ = got.result == Escrow::TakeResult::ended;
  if (input_ended_) return std::nullopt;
  taken = got.bytes;
  position_ += got.bytes;
  note_held();
  counters_.bytes += got.bytes;
  return std::nullopt;
}

Source::Outcome Source::take(std::uint64_t& taken) {
  if (const auto outcome = fill(taken)) return *outcome;
  return store(input_ended_ ? EndOfInput::yes : EndOfInput::no);
}

// Where a line that goes on is cut, masking wants to see what follows. At most another line, so
// that the escrow always has room for it.
std::size_t Source::look_ahead_bytes() const {
  if (!masker_.is_on() || is_shrinking_) return 0;
  return std::min(kMaskLookAheadBytes, settings_.max_line_bytes);
}

// An unfinished line that grows byte by byte is not read again from its start each time.
bool Source::found_no_newline() {
  const std::uint64_t fresh = position_ - scanned_;
  const std::uint64_t most = settings_.max_line_bytes + look_ahead_bytes();
  if (scanned_ == cursor() || position_ - cursor() > most) return false;
  char* bytes = memory_.input(settings_.max_line_bytes);
  if (!escrow_->read(bytes, fresh, scanned_)) return false;
  if (std::memchr(bytes, '\n', fresh) != nullptr) return false;
  scanned_ = position_;
  return true;
}

Source::Outcome Source::store(EndOfInput end) {
  if (end == EndOfInput::no && found_no_newline()) return Outcome::more;
  if (slot().has(kSlotDropsLine)) [[unlikely]] {
    const bool is_full = slot().untold[static_cast<std::size_t>(DropReason::disk_full)].bytes > 0;
    const DropReason reason = is_full ? DropReason::disk_full : DropReason::over_rate;
    if (!drop(reason, DropExtent::rest_of_line, end)) return Outcome::broken;
    if (slot().has(kSlotDropsLine)) return Outcome::more;
  }
  if (is_over_rate()) {
    const std::uint64_t before = counters_.dropped[1].bytes;
    if (!drop(DropReason::over_rate, DropExtent::all_lines, end)) return Outcome::broken;
    if (counters_.dropped[1].bytes > before) settings_.rate->begin_gap();
    if (end == EndOfInput::no || position_ > cursor()) return Outcome::more;
  }
  if (!tell_dropped()) return Outcome::stalled;
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
  input.look_ahead_bytes = look_ahead_bytes();
  input.mask_state = MaskState::unpacked(before.mask_state);
  input.first_time = log_.next_time();
  input.room = log_.room();
  if (settings_.rate != nullptr) input.max_lines = settings_.rate->lines_left();
  const Batch batch = encode_batch(input, masker_, memory_.output(input.max_line_bytes));
  if (batch.consumed == 0 && !batch.reached_end) {
    scanned_ = before.cursor + size;
    return Outcome::more;
  }
  if (!append(batch, input.first_time, input.max_line_bytes)) return Outcome::stalled;
  if (settings_.rate != nullptr) settings_.rate->take(batch.lines);
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
  request.after.mask_state = batch.mask_state.packed();
  request.after.flags &= ~static_cast<std::uint32_t>(kSlotMidLine | kSlotCutOff);
  if (batch.is_mid_line) request.after.flags |= kSlotMidLine;
  if (batch.reached_end) request.after.flags |= kSlotEnded;
  if (batch.lacks_newline) request.after.flags |= kSlotNoNewline;

  Appended appended = log_.append(request);
  if (!appended.complete) {
    error_ = std::move(appended.error);
    scanned_ = cursor();
    return false;
  }
  if (batch.record_count > 0) counters_.batches += 1;
  counters_.lines += batch.lines;
  counters_.cut_pieces += batch.cut_pieces;
  return true;
}

bool Source::store_idle_part() {
  if (ended_ || is_shared_ || slot().skip_records > 0 || position_ > scanned_) return false;
  if (slot().has(kSlotDropsLine) || is_over_rate() || !tell_dropped()) return false;
  const std::uint64_t size = position_ - cursor();
  char* bytes = memory_.input(settings_.max_line_bytes);
  if (size == 0 || size > memory_.input_bytes()) return false;
  if (!escrow_->read(bytes, size, cursor())) return false;
  const std::string_view text(bytes, size);
  const std::size_t most = std::min(masker_.settled_bytes(text), settings_.max_line_bytes);
  const std::size_t length = length_to_last_border(text.substr(0, most));
  if (length == 0 || !log_.prepare()) return false;
  MaskPass pass(masker_, text, MaskState::unpacked(slot().mask_state));
  RecordEncoder encoder(log_.next_time(), settings_.stream);
  Batch batch;
  char* begin = memory_.output(settings_.max_line_bytes).begin();
  char* end =
      encoder.encode(begin, pass.mask({text.substr(0, length), RecordTag::partial}, LineEnd::no));
  batch.records = std::string_view(begin, static_cast<std::size_t>(end - begin));
  batch.record_count = 1;
  batch.consumed = length;
  batch.is_mid_line = true;
  batch.mask_state = pass.state();
  return append(batch, encoder.last_time(), settings_.max_line_bytes);
}

bool Source::close_open_piece() {
  const bool has_piece = is_mid_line() || slot().has(kSlotCutOff);
  if (!has_piece || !log_.prepare()) return false;
  RecordEncoder encoder(log_.next_time(), settings_.stream);
  char* begin = memory_.output(settings_.max_line_bytes).begin();
  MaskPass pass(masker_, {}, {});
  char* end = encoder.encode(begin, pass.mask({std::string_view(), RecordTag::full}));
  Batch batch;
  // The line goes on in the stream, and so does what is secret of it.
  batch.mask_state = MaskState::unpacked(slot().mask_state);
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
    request.after.mask_state = behind_dropped(request.after.mask_state, lines);
    request.after.flags &= ~static_cast<std::uint32_t>(kSlotMidLine | kSlotCutOff | kSlotDropsLine);
    log_.append(request);
  }
  scanned_ = cursor();
}

// ---- dropping

// A line that has begun, and what is stored of a batch that was cut short, goes on.
bool Source::is_over_rate() const {
  return settings_.rate != nullptr && !is_mid_line() && slot().skip_records == 0 &&
         settings_.rate->lines_left() == 0;
}

bool Source::has_untold() const {
  const LedgerSlot& now = slot();
  return now.has(kSlotCutOff) ||
         std::any_of(now.untold.begin(), now.untold.end(),
                     [](const DroppedLines& dropped) { return dropped.bytes > 0; });
}

// Each step moves the cursor and the counts at once, so a kill neither loses nor doubles any.
bool Source::drop(DropReason reason, DropExtent extent, EndOfInput end) {
  LOGD_ASSERT(slot().skip_records == 0);
  for (;;) {
    const LedgerSlot before = slot();
    char* bytes = memory_.input(settings_.max_line_bytes);
    const std::uint64_t available = position_ - before.cursor;
    const std::uint64_t size = std::min<std::uint64_t>(available, memory_.input_bytes());
    if (!escrow_->read(bytes, size, before.cursor)) return false;
    const bool has_untold_lines = before.untold[0].lines + before.untold[1].lines > 0;
    DropInput input;
    input.bytes = std::string_view(bytes, size);
    input.max_line_bytes = settings_.max_line_bytes;
    input.is_mid_line = before.has(kSlotMidLine);
    input.drops_line = before.has(kSlotDropsLine);
    input.is_cut_off = before.has(kSlotCutOff) && !has_untold_lines;
    input.extent = extent;
    input.end = size == available ? end : EndOfInput::no;
    const LineDrop gone = drop_lines(input);
    scanned_ = before.cursor + size;
    if (gone.consumed == 0) return true;

    AppendRequest request;  // of no record: only the slot moves
    request.slot = settings_.slot;
    request.after = before;
    LedgerSlot& after = request.after;
    after.cursor += gone.consumed;
    after.flags &= ~static_cast<std::uint32_t>(kSlotMidLine | kSlotDropsLine);
    if (before.has(kSlotMidLine)) after.flags |= kSlotCutOff;
    after.mask_state = behind_dropped(before.mask_state, input.bytes.substr(0, gone.consumed));
    if (gone.drops_line) after.flags |= kSlotDropsLine;
    for (auto* sum : {&after.untold[static_cast<std::size_t>(reason)],
                      &counters_.dropped[static_cast<std::size_t>(reason)]}) {
      sum->lines += gone.lines;
      sum->bytes += gone.bytes;
    }
    log_.append(request);
    if (extent == DropExtent::rest_of_line) {
      scanned_ = cursor();
      return true;
    }
  }
}

// Of a batch that was cut short, what is stored is not dropped. False if that cannot be told apart:
// the event before a last line is stored, and the line is not.
bool Source::count_skipped() {
  const LedgerSlot before = slot();
  if (before.skip_records == 0) return true;
  char* bytes = memory_.input(before.skip_max_line);
  const std::uint64_t size =
      std::min<std::uint64_t>(position_ - before.cursor, memory_.input_bytes());
  if (!escrow_->read(bytes, size, before.cursor)) return false;
  LineFramer framer(std::string_view(bytes, size), before.skip_max_line);
  bool is_mid_line = before.has(kSlotMidLine);
  std::uint64_t lines = 0;
  for (std::uint64_t i = 0; i < before.skip_records; ++i) {
    const auto line = framer.next();
    if (!line) return false;
    if (line->tag == RecordTag::full)
      is_mid_line = false;
    else if (!is_shared_)
      is_mid_line = true;
    if (!is_mid_line) ++lines;
  }
  AppendRequest request;
  request.slot = settings_.slot;
  request.after = before;
  request.after.cursor += size - framer.rest().size();
  request.after.skip_records = 0;
  const std::string_view stored(bytes, size - framer.rest().size());
  request.after.mask_state = behind_dropped(before.mask_state, stored);
  request.after.flags &= ~static_cast<std::uint32_t>(kSlotMidLine);
  if (is_mid_line) request.after.flags |= kSlotMidLine;
  log_.append(request);
  counters_.lines += lines;
  scanned_ = cursor();
  return true;
}

bool Source::store_record(std::string_view record, const LedgerSlot& after) {
  AppendRequest request;
  request.bytes = record;
  request.records = 1;
  request.first_time = log_.next_time();
  request.slot = settings_.slot;
  request.after = after;
  Appended appended = log_.append(request);
  if (appended.complete) {
    ++counters_.batches;
    return true;
  }
  error_ = std::move(appended.error);
  return false;
}

// One record at a time, each with its own change of the slot: so a batch that is cut short never
// has events among the records that are stored of it.
bool Source::tell_dropped() {
  if (!can_tell()) return true;
  const auto prepare = [this] {
    auto ready = log_.prepare();
    if (!ready) error_ = std::move(ready.error());
    return ready.has_value();
  };
  if (slot().has(kSlotCutOff)) {
    if (!prepare()) return false;
    LedgerSlot after = slot();
    after.flags &= ~static_cast<std::uint32_t>(kSlotCutOff);
    RecordEncoder encoder(log_.next_time(), settings_.stream);
    char record[kRecordHeaderBytes + 1];
    MaskPass pass(masker_, {}, {});
    const char* end = encoder.encode(record, pass.mask({std::string_view(), RecordTag::full}));
    if (!store_record(std::string_view(record, static_cast<std::size_t>(end - record)), after))
      return false;
  }
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    LedgerSlot after = slot();
    const DroppedLines dropped = std::exchange(after.untold[i], {});
    if (dropped.bytes == 0) continue;
    if (!prepare()) return false;
    const std::string record = encode_event(
        log_.next_time(),
        dropped_event(settings_.stream, dropped.lines, dropped.bytes, static_cast<DropReason>(i)));
    if (!store_record(record, after)) return false;
  }
  return true;
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
    is_shrinking_ = true;
    scanned_ = cursor();
    std::ignore = drain_escrow();
    settings_.max_line_bytes = max_line;
    is_shrinking_ = false;
  }
  give_back_memory();
  return counters_.batches > stored_before;
}

}  // namespace logd
