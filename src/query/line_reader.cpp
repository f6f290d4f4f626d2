// SPDX-License-Identifier: Apache-2.0
#include "query/line_reader.h"

#include "store/event.h"

namespace logd {
namespace {

// A joined line's memory is kept for the next one unless it is larger.
constexpr std::size_t kKeptBytes = 64 * 1024;

std::size_t index_of(Stream stream) { return static_cast<std::size_t>(stream); }

}  // namespace

LineReader::LineReader(LogReader log, LineReaderOptions options, std::uint64_t& held_bytes)
    : log_(std::move(log)), options_(options), held_bytes_(held_bytes) {}

void LineReader::seek(const LineStart& start, Position limit) {
  start_ = start;
  log_.seek(start.read_from, limit);
}

bool LineReader::next(Line& line) {
  if (shown_ != nullptr) drop_shown();
  RecordView record;
  while (log_.next(record)) {
    const bool is_taken =
        record.type == RecordType::event ? take_event(record, line) : take_record(record, line);
    if (is_taken) return true;
  }
  return !options_.follow && take_unfinished(line);
}

// Gives the joined bytes of the line shown last back.
void LineReader::drop_shown() {
  held_bytes_ -= shown_->bytes.size();
  shown_->bytes.clear();
  if (shown_->bytes.capacity() > kKeptBytes) shown_->bytes.shrink_to_fit();
  shown_ = nullptr;
}

bool LineReader::take_event(const RecordView& record, Line& line) {
  if (const auto run = parse_started_event(record.content)) run_ = run;
  if (const auto stream = parse_no_newline_event(record.content)) {
    lacks_newline_[index_of(*stream)] = true;
  }
  if (!options_.selection.events || log_.position() < start_.events) return false;
  line = {record.time_text(), record.content, record.bytes, record.stream, record.type, true, run_};
  return true;
}

bool LineReader::take_record(const RecordView& record, Line& line) {
  if (!options_.selection.has(record.stream)) return false;
  const std::size_t stream = index_of(record.stream);
  const bool is_last = record.tag == RecordTag::full;
  const bool lacks_newline = is_last && lacks_newline_[stream];
  if (is_last) lacks_newline_[stream] = false;
  if (log_.position() < start_.of(record.stream)) return false;

  line = {record.time_text(),
          record.content,
          record.bytes,
          record.stream,
          record.type,
          is_last && !lacks_newline,
          run_};
  Unfinished& unfinished = unfinished_[stream];
  if (!options_.join || (is_last && unfinished.bytes.empty())) return true;
  unfinished.bytes += record.content;
  held_bytes_ += record.content.size();
  if (!is_last && held_bytes_ <= kMaxHeldBytes) {
    unfinished.time = record.time_text();
    return false;
  }
  line.content = unfinished.bytes;
  shown_ = &unfinished;
  return true;
}

// At the end: what has been stored of a line that is still being written.
bool LineReader::take_unfinished(Line& line) {
  for (const Stream stream : {Stream::out, Stream::err}) {
    Unfinished& unfinished = unfinished_[index_of(stream)];
    if (unfinished.bytes.empty()) continue;
    line = {unfinished.time, unfinished.bytes, {}, stream, RecordType::line, false, run_};
    shown_ = &unfinished;
    return true;
  }
  return false;
}

}  // namespace logd
