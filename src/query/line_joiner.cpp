// SPDX-License-Identifier: Apache-2.0
#include "query/line_joiner.h"

#include <algorithm>

#include "store/event.h"

namespace logd {
namespace {

// A joined line's memory is kept for the next one unless it is larger.
constexpr std::size_t kKeptBytes = 64 * 1024;

WallTime time_of(const RecordView& record) {
  return parse_time(record.time_text()).value_or(WallTime());
}

}  // namespace

void LineJoiner::begin(const LineStart& start) {
  clear();
  start_ = start;
  lacks_newline_ = {};
  run_.reset();
}

void LineJoiner::clear() {
  shown_ = nullptr;
  for (Unended& unended : unended_) drop(unended);
}

void LineJoiner::drop(Unended& unended) {
  held_bytes_ -= unended.bytes.size();
  unended.bytes.clear();
  unended.is_begun = false;
  if (unended.bytes.capacity() > kKeptBytes) unended.bytes.shrink_to_fit();
}

// Gives the joined bytes of the line shown last back.
void LineJoiner::drop_shown() {
  if (shown_ != nullptr) drop(*shown_);
  shown_ = nullptr;
}

bool LineJoiner::take(const RecordView& record, Position position, Line& line) {
  drop_shown();
  return record.type == RecordType::event ? take_event(record, position, line)
                                          : take_record(record, position, line);
}

bool LineJoiner::take_event(const RecordView& record, Position position, Line& line) {
  if (const auto started = parse_started_event(record.content)) run_ = started->run;
  if (const auto stream = parse_no_newline_event(record.content)) {
    lacks_newline_[stream_index(*stream)] = true;
    no_newline_at_[stream_index(*stream)] = {position, time_of(record)};
  }
  if (!options_.selection.events || position < start_.events) return false;
  line = {record.time_text(), record.content, record.bytes, record.stream, record.type, true, run_,
          position,           position};
  return true;
}

bool LineJoiner::take_record(const RecordView& record, Position position, Line& line) {
  if (!options_.selection.has(record.stream)) return false;
  const std::size_t stream = stream_index(record.stream);
  const bool is_last = record.tag == RecordTag::full;
  const bool lacks_newline = is_last && lacks_newline_[stream];
  if (is_last) lacks_newline_[stream] = false;
  if (position < start_.of(record.stream)) return false;

  line = {record.time_text(),
          record.content,
          record.bytes,
          record.stream,
          record.type,
          is_last && !lacks_newline,
          run_,
          position,
          lacks_newline ? no_newline_at_[stream].position : position};
  Unended& unended = unended_[stream];
  if (!options_.join || (is_last && !unended.is_begun)) return true;
  if (unended.is_begun) {
    line.first = std::min(line.first, unended.first);
  } else {
    unended.first_time = time_of(record);
  }
  unended.is_begun = true;
  unended.first = line.first;
  if (!options_.count_only) {
    unended.bytes += record.content;
    held_bytes_ += record.content.size();
  }
  if (!is_last && held_bytes_ <= options_.max_held_bytes) {
    unended.time = record.time_text();
    unended.last = position;
    return false;
  }
  line.content = unended.bytes;
  shown_ = &unended;
  return true;
}

bool LineJoiner::is_waiting() const {
  for (const Stream stream : {Stream::out, Stream::err}) {
    const std::size_t index = stream_index(stream);
    if (!options_.selection.has(stream)) continue;
    if (unended_[index].is_begun || lacks_newline_[index]) return true;
  }
  return false;
}

bool LineJoiner::take_unended(Stream stream, Line& line) {
  drop_shown();
  Unended& unended = unended_[stream_index(stream)];
  // Its pieces before the start were read because it might end behind it.
  if (!unended.is_begun || unended.last < start_.events) return false;
  line = {unended.time, unended.bytes, {},           stream,       RecordType::line,
          false,        run_,          unended.last, unended.first};
  shown_ = &unended;
  return true;
}

std::optional<RecordPlace> LineJoiner::unended_from(Stream stream) const {
  const std::size_t index = stream_index(stream);
  const Unended& unended = unended_[index];
  if (unended.is_begun && &unended != shown_) return RecordPlace{unended.first, unended.first_time};
  // Of a stream that is not wanted nobody sees the record that this is about.
  if (lacks_newline_[index] && options_.selection.has(stream)) return no_newline_at_[index];
  return std::nullopt;
}

}  // namespace logd
