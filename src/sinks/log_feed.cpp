// SPDX-License-Identifier: Apache-2.0
#include "sinks/log_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "query/log_cursor.h"
#include "query/segment_file.h"
#include "store/segment_list.h"

namespace logd {
namespace {

// Of one line that never ends, before it is sent in pieces.
constexpr std::uint64_t kMaxHeld = 1_MiB;
// What a record costs in a body besides its content.
constexpr std::uint64_t kRecordOverhead = 64;

// A cut must not split a character.
std::string_view cut_text(std::string_view text, std::uint64_t most) {
  if (text.size() <= most) return text;
  constexpr std::size_t kLongestCharacter = 4;
  std::size_t end = most;
  while (end > 0 && most - end < kLongestCharacter &&
         (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  return text.substr(0, end);
}

}  // namespace

// The lines behind a place.
struct LogFeed::Lines {
  Lines(LogReader records, const LineOptions& options)
      : reader(std::move(records), options, held_bytes) {}

  bool next(Line& line) {
    if (has_peeked) {
      has_peeked = false;
      line = peeked;
      return true;
    }
    return reader.next(line);
  }
  // Takes it back; it stays valid.
  void put_back(const Line& line) {
    peeked = line;
    has_peeked = true;
  }

  std::uint64_t held_bytes = 0;
  LineReader reader;
  Line peeked;
  bool has_peeked = false;
};

LogFeed::LogFeed(Directory& log_dir, LogName name, const FeedOptions& options, const Report& report)
    : log_dir_(log_dir), name_(std::move(name)), options_(options), report_(report) {}

LogFeed::~LogFeed() = default;

void LogFeed::start(const LogCursor& cursor, std::optional<Loss> loss) {
  rest();
  cursor_ = cursor;
  loss_ = std::move(loss);
  // What was not told yet is found again.
  last_damaged_ = known_segment_ > 0 ? known_segment_ - 1 : 0;
}

void LogFeed::note_known(std::uint64_t segment) {
  known_segment_ = std::max(known_segment_, segment);
}

void LogFeed::rest() { lines_.reset(); }

void LogFeed::note_new_names() {
  if (lines_) lines_->reader.log().note_new_names();
}

Result<std::unique_ptr<LogFeed::Lines>> LogFeed::open(const LogCursor& from) const {
  LOGD_TRY_ASSIGN(auto directory, open_directory());
  LOGD_TRY_ASSIGN(const auto segments, list_segment_files(*directory));
  // An earlier place would make a part of what comes before it.
  std::optional<Error> error;
  const LineStart start = start_behind(*directory, segments, from, &error);
  if (error) return fail(std::move(*error));
  LineOptions options;
  options.selection = options_.selection;
  options.skip_unended = true;
  options.max_held_bytes = kMaxHeld;
  auto lines = std::make_unique<Lines>(
      LogReader(name_, std::move(directory), kReadBlockBytes, report_), options);
  lines->reader.log().stop_at_errors();
  lines->reader.note_places();
  lines->reader.seek(start, kNoLimit);
  return lines;
}

OutgoingRecord LogFeed::outgoing(const Line& line, LineFields& fields) const {
  OutgoingRecord record;
  record.time = line.time;
  record.content = cut_text(line.content, options_.max_record_bytes);
  record.is_cut = record.content.size() < line.content.size();
  record.stream = line.stream;
  record.type = line.type;
  if (line.type == RecordType::line) {
    fields.set_line(line.content);
    record.level = level_of(fields, line.content);
  }
  return record;
}

// A record of its own, a nanosecond before the one that is `next`: no other has this time, as those
// between are lost.
OutgoingRecord LogFeed::told(const Loss& loss, std::string_view next, std::string& time,
                             std::string& text) {
  const auto parsed = parse_time(next);
  time = parsed ? time_text(*parsed - Nanoseconds(1)) : std::string(next);
  text = loss.records > 0 ? fmt::format("gap: {} records", loss.records) : "gap: records";
  if (loss.segments > 0) text += fmt::format(" of {} segments", loss.segments);
  if (loss.bytes > 0) text += fmt::format(", {} bytes", loss.bytes);
  text += fmt::format(", are not here: {}", loss.reason);
  OutgoingRecord record;
  record.time = time;
  record.content = text;
  record.stream = Stream::err;
  record.type = RecordType::event;
  record.loss = LossNote{loss.records, loss.bytes, loss.reason};
  return record;
}

// Segments that were deleted before they were read. Errors: as take().
Result<void> LogFeed::note_gap(const Line& line) {
  const std::uint64_t read = std::max(cursor_.last.position.segment, known_segment_);
  const std::uint64_t next = line.first.segment;
  if (loss_ || next <= read + 1) return {};
  // Segments that hold nothing wanted are passed over, and are there.
  LOGD_TRY_ASSIGN(const auto listed, list_segments(lines_->reader.log().directory()));
  const auto there = std::count_if(listed.begin(), listed.end(), [&](const ListedSegment& segment) {
    return segment.name.number > read && segment.name.number < next;
  });
  const std::uint64_t gone = next - read - 1 - static_cast<std::uint64_t>(there);
  if (gone > 0) loss_ = Loss{0, 0, gone, "deleted"};
  return {};
}

// What was found to be damaged up to this segment. Each time that a segment is opened, the same is
// found.
void LogFeed::note_damage(std::uint64_t segment) {
  const auto& damaged = lines_->reader.log().damaged();
  for (auto found = damaged.upper_bound(last_damaged_);
       found != damaged.end() && found->first <= segment; ++found) {
    last_damaged_ = found->first;
    if (!loss_) loss_ = Loss{0, 0, 0, "damaged"};
    ++loss_->segments;
  }
}

Result<LogFeed::Taken> LogFeed::take(Room room, const RecordSink& sink) {
  if (!lines_) {
    LOGD_TRY_ASSIGN(lines_, open(cursor_));
  }
  Taken taken;
  taken.part.log = name_.directory();
  taken.part.from = cursor_;
  std::uint64_t used = 0;  // of the room
  std::optional<Error> error;
  std::string time;
  std::string text;
  Line line;
  while (taken.part.records < room.records && used < room.bytes) {
    if (!lines_->next(line)) {
      error = lines_->reader.log().take_error();
      taken.is_at_end = !error;
      break;
    }
    if (auto noted = note_gap(line); !noted) {
      lines_->put_back(line);
      error = noted.error();
      break;
    }
    note_damage(line.first.segment);
    if (loss_) {
      if (taken.part.records > 0) {
        lines_->put_back(line);
        break;
      }
      sink(told(*loss_, line.time, time, text));
      taken.part.loss = std::exchange(loss_, std::nullopt);
    }
    const OutgoingRecord record = outgoing(line, fields_);
    sink(record);
    ++taken.part.records;
    taken.bytes += record.content.size();
    used += record.content.size() + kRecordOverhead;
    // What was begun before is read again, up to where it was read before.
    const LogCursor behind = lines_->reader.cursor();
    if (behind.last.time > cursor_.last.time) cursor_ = behind;
  }
  // The place stays before damage that the next record tells of.
  if (taken.is_at_end && lines_->reader.log().damaged().upper_bound(last_damaged_) ==
                             lines_->reader.log().damaged().end()) {
    const LogCursor behind = lines_->reader.cursor();
    if (behind.last.time > cursor_.last.time) cursor_ = behind;
  }
  taken.part.to = cursor_;
  if (error && taken.part.records == 0) return fail(*error);
  return taken;
}

Result<LogFeed::Repeated> LogFeed::repeat(const BatchPart& part, const RecordSink& sink) const {
  LOGD_TRY_ASSIGN(const auto lines, open(part.from));
  Repeated repeated;
  std::string time;
  std::string text;
  Line line;
  const std::string last_time = time_text(part.to.last.time);
  while (repeated.records < part.records && lines->next(line) && line.time <= last_time) {
    if (repeated.records == 0 && part.loss) sink(told(*part.loss, line.time, time, text));
    const OutgoingRecord record = outgoing(line, fields_);
    sink(record);
    ++repeated.records;
    repeated.bytes += record.content.size();
  }
  if (auto error = lines->reader.log().take_error()) return fail(std::move(*error));
  return repeated;
}

Result<LogCursor> LogFeed::cut(const BatchPart& part, std::uint64_t records) const {
  LOGD_TRY_ASSIGN(const auto lines, open(part.from));
  LogCursor cursor = part.from;
  Line line;
  for (std::uint64_t i = 0; i < records && lines->next(line); ++i) {
    const LogCursor behind = lines->reader.cursor();
    if (behind.last.time > cursor.last.time) cursor = behind;
  }
  if (auto error = lines->reader.log().take_error()) return fail(std::move(*error));
  return cursor;
}

Result<Loss> LogFeed::give_up(std::uint64_t newest, std::string_view reason) {
  if (!lines_) {
    LOGD_TRY_ASSIGN(lines_, open(cursor_));
  }
  Loss lost{0, 0, 1, std::string(reason)};
  Line line;
  std::optional<std::uint64_t> segment;  // that is given up
  while (lines_->next(line)) {
    if (line.position.segment >= newest || line.position.segment > segment.value_or(newest)) {
      lines_->put_back(line);
      break;
    }
    if (auto noted = segment ? Result<void>() : note_gap(line); !noted) {
      lines_->put_back(line);
      return fail(noted.error());
    }
    segment = line.position.segment;
    ++lost.records;
    lost.bytes += line.content.size();
    const LogCursor behind = lines_->reader.cursor();
    if (behind.last.time > cursor_.last.time) cursor_ = behind;
  }
  auto error = lines_->reader.log().take_error();
  if (error && lost.records == 0) return fail(std::move(*error));
  if (lost.records == 0) return lost;
  // Of the one that is given up, damage is counted with it.
  note_damage(*segment - 1);
  last_damaged_ = std::max(last_damaged_, *segment);
  // What is told without a number of records is counted when it is acknowledged; this is not.
  if (loss_ && loss_->records == 0) lost.segments += std::exchange(loss_->segments, 0);
  if (loss_)
    loss_ = Loss{loss_->records + lost.records, loss_->bytes + lost.bytes,
                 loss_->segments + lost.segments, lost.reason};
  else
    loss_ = lost;
  return lost;
}

Result<LogFeed::Backlog> LogFeed::backlog(const LogCursor& from) const {
  LOGD_TRY_ASSIGN(const auto directory, open_directory());
  LOGD_TRY_ASSIGN(const auto segments, list_segment_files(*directory));
  Backlog backlog;
  const Position read = from.last.position;
  for (const ListedSegment& segment : segments) {
    if (segment.name.number < read.segment) continue;
    const auto status = directory->status_of(segment.name.str());
    if (!status) continue;
    const bool is_current = segment.name.number == read.segment;
    const bool is_plain = segment.name.form == SegmentName::Form::plain;
    if (is_current && !is_plain) continue;  // how much of it was read cannot be told
    backlog.newest = segment.name.number;
    if (backlog.segments == 1) backlog.oldest_ended = segment.name.created;
    backlog.bytes += status->bytes - (is_current ? std::min(read.offset, status->bytes) : 0);
    ++backlog.segments;
  }
  return backlog;
}

}  // namespace logd
