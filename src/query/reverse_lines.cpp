// SPDX-License-Identifier: Apache-2.0
#include "query/reverse_lines.h"

#include <algorithm>

#include "query/record_skip.h"
#include "store/event.h"
#include "store/record_view.h"

namespace logd {
namespace {

constexpr std::array<Stream, 2> kStreams = {Stream::out, Stream::err};

// Blocks kept until their turn comes; beyond, what was looked at is read a second time.
constexpr std::size_t kMaxAheadBytes = 1024 * 1024;

bool is_any(const std::array<bool, 2>& streams) { return streams[0] || streams[1]; }

}  // namespace

ReverseLines::ReverseLines(LogName name, BackwardLog log, const LineOptions& options,
                           std::uint64_t look_back_bytes, std::uint64_t& held_bytes)
    : name_(std::move(name)),
      log_(std::move(log)),
      options_(options),
      look_back_bytes_(look_back_bytes),
      joiner_(options, held_bytes),
      skip_(options.candidates) {
  // Events tell of missing newlines.
  log_.set_wanted({options.selection.out, options.selection.err, true});
}

bool ReverseLines::next(Line& line) {
  for (;;) {
    while (!lines_.empty()) {
      line = lines_.back();
      lines_.pop_back();
      if (is_wanted(line)) return true;
    }
    if (!take_block()) return false;
    make_lines();
  }
}

bool ReverseLines::is_wanted(const Line& line) const {
  const bool is_piece = !options_.join && line.type == RecordType::line;
  return line.position >= (is_piece ? start_.of(line.stream) : start_.events);
}

bool ReverseLines::load_block() {
  BackwardLog::Block block;
  if (!log_.previous(block)) return false;
  keep(block);
  return true;
}

void ReverseLines::keep(const BackwardLog::Block& block) {
  spare_.assign(block.records.begin(), block.records.end());
  ahead_.push_back({block.start, std::move(spare_)});
  spare_ = {};
  ahead_bytes_ += block.records.size();
}

// Of what holds nothing of the one stream that is wanted, not even a piece, no copy is made.
bool ReverseLines::is_of_other_stream(std::string_view records) const {
  const Selection& selection = options_.selection;
  return selection.out != selection.err &&
         find_stream(records, selection.out ? Stream::out : Stream::err) == records.size();
}

bool ReverseLines::is_before_start(Position block, std::size_t bytes) const {
  return Position{block.segment, block.offset + bytes} <= start_.read_from;
}

// False at the beginning of what is wanted.
bool ReverseLines::take_block() {
  while (ahead_.empty()) {
    BackwardLog::Block block;
    if (!log_.previous(block) || is_before_start(block.start, block.records.size())) return false;
    if (!is_of_other_stream(block.records)) keep(block);
  }
  const Block& next = ahead_.front();
  if (is_before_start(next.start, next.bytes.size())) return false;
  spare_ = std::move(block_.bytes);
  block_ = std::move(ahead_.front());
  ahead_.pop_front();
  ahead_bytes_ -= block_.bytes.size();
  return true;
}

// Fills lines_ with what ends in block_.
void ReverseLines::make_lines() {
  joined_.clear();
  const Streams streams = streams_in(block_.records());
  const std::vector<Earlier> earlier = look_back(streams);
  joiner_.begin({});
  RecordView record;
  Line line;
  for (auto one = earlier.rbegin(); one != earlier.rend(); ++one) {
    if (look_at_record(one->bytes, record)) joiner_.take(record, one->position, line);
  }
  std::string_view rest = block_.records();
  const auto position_of_rest = [&] {
    return Position{block_.start.segment,
                    block_.start.offset + (block_.bytes.size() - rest.size())};
  };
  while (!rest.empty()) {
    if (!joiner_.is_waiting()) rest.remove_prefix(skip_.passable(position_of_rest(), rest));
    if (rest.empty()) break;
    const Position position = position_of_rest();
    if (!look_at_record(take_first_record(rest), record)) {
      if (position >= start_.read_from) log_.tell_no_record(position);
      continue;
    }
    if (!joiner_.take(record, position, line)) continue;
    if (line.content.data() != record.content.data()) {
      line.content = joined_.emplace_back(line.content);  // of pieces
    }
    lines_.push_back(line);
  }
  for (const Stream stream : kStreams) {
    if (streams[stream_index(stream)]) add_unended(stream);
  }
}

// What the stream's last record says at the end of the log. Pieces at the end of a block that is
// not the last one belong to a line that was given already.
void ReverseLines::add_unended(Stream stream) {
  const bool is_end = !is_met_[stream_index(stream)];
  is_met_[stream_index(stream)] = true;
  Line line;
  if (!is_end || !joiner_.take_unended(stream, line)) return;
  unended_[stream_index(stream)] = line.first;
  if (options_.skip_unended) return;
  line.content = joined_.emplace_back(line.content);
  line.time = joined_.emplace_back(line.time);
  const auto place = std::upper_bound(
      lines_.begin(), lines_.end(), line.position,
      [](const Position& position, const Line& other) { return position < other.position; });
  lines_.insert(place, line);
}

// Which of the wanted streams have a line that ends among `records`, or may be not ended there.
ReverseLines::Streams ReverseLines::streams_in(std::string_view records) const {
  const Streams wanted = {options_.selection.out, options_.selection.err};
  Streams missing = wanted;
  RecordView record;
  while (!records.empty() && is_any(missing)) {
    if (missing[0] != missing[1]) {
      records.remove_prefix(find_stream(records, missing[0] ? Stream::out : Stream::err));
      if (records.empty()) break;
    }
    if (!look_at_record(take_first_record(records), record)) continue;
    if (record.type == RecordType::event) continue;
    const std::size_t stream = stream_index(record.stream);
    if (record.tag == RecordTag::full || !is_met_[stream] || !options_.join) {
      missing[stream] = false;
    }
  }
  return {wanted[0] && !missing[0], wanted[1] && !missing[1]};
}

bool ReverseLines::LookBack::is_done(std::uint64_t limit) const {
  return !is_any(wanted) || bytes_since >= limit || found_bytes >= kMaxHeldBytes;
}

// Collects what belongs to the first lines of these streams from before block_, or, at first, from
// before the end.
std::vector<ReverseLines::Earlier> ReverseLines::look_back(Streams wanted) {
  LookBack state{wanted, {}, {}, 0, 0};
  for (std::size_t i = 0; !state.is_done(look_back_bytes_); ++i) {
    if (i == ahead_.size() && (ahead_bytes_ >= kMaxAheadBytes || !load_block())) break;
    look_at_block(ahead_[i].start, ahead_[i].records(), state);
  }
  if (ahead_.empty() || state.is_done(look_back_bytes_)) return std::move(state.found);
  BackwardLog behind = log_.before(ahead_.back().start);
  behind.set_wanted({state.wanted[0], state.wanted[1], true});
  BackwardLog::Block block;
  while (!state.is_done(look_back_bytes_) && behind.previous(block)) {
    look_at_block(block.start, block.records, state);
  }
  return std::move(state.found);
}

void ReverseLines::look_at_block(Position start, std::string_view records, LookBack& state) const {
  while (!records.empty() && !state.is_done(look_back_bytes_)) {
    const std::string_view bytes = take_last_record(records);
    state.bytes_since += bytes.size();
    look_at_earlier({start.segment, start.offset + records.size()}, bytes, state);
  }
}

void ReverseLines::look_at_earlier(Position position, std::string_view bytes,
                                   LookBack& state) const {
  RecordView record;
  if (!look_at_record(bytes, record)) return;
  if (record.type == RecordType::event) {
    const auto ended = parse_no_newline_event(record.content);
    if (!ended || !state.wanted[stream_index(*ended)]) return;
    // Behind the pieces, it is about the line's end.
    if (!state.has_piece[stream_index(*ended)])
      state.found.push_back({position, std::string(bytes)});
    return;
  }
  const std::size_t stream = stream_index(record.stream);
  if (!state.wanted[stream]) return;
  // Here the line before has ended.
  if (record.tag == RecordTag::full) {
    state.wanted[stream] = false;
    return;
  }
  state.has_piece[stream] = true;
  state.bytes_since = 0;
  if (options_.count_only) bytes.remove_suffix(record.content.size());
  state.found_bytes += options_.count_only ? 0 : bytes.size();
  state.found.push_back({position, std::string(bytes)});
}

std::optional<Position> ReverseLines::unended(Stream stream) {
  const std::size_t index = stream_index(stream);
  if (is_met_[index]) return unended_[index];
  Streams wanted{};
  wanted[index] = true;
  std::optional<Position> first;
  RecordView record;
  for (const Earlier& earlier : look_back(wanted)) {
    const bool is_piece = look_at_record(earlier.bytes, record) && record.type == RecordType::line;
    if (is_piece) first = earlier.position;
  }
  return first;
}

}  // namespace logd
