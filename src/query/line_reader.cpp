// SPDX-License-Identifier: Apache-2.0
#include "query/line_reader.h"

namespace logd {

LineReader::LineReader(LogReader log, const LineOptions& options, std::uint64_t& held_bytes)
    : log_(std::move(log)),
      joiner_(options, held_bytes),
      skip_(options.candidates),
      skip_unended_(options.skip_unended) {
  // Events tell of runs and of missing newlines.
  log_.set_wanted({options.selection.out, options.selection.err, true});
}

void LineReader::seek(const LineStart& start, Position limit) {
  joiner_.begin(start);
  skip_.forget();
  log_.seek(start.read_from, limit);
}

bool LineReader::next(Line& line) {
  RecordView record;
  for (pass_over(); log_.next(record); pass_over()) {
    if (notes_places_) {
      last_ = {log_.position(), parse_time(record.time_text()).value_or(last_.time)};
    }
    if (joiner_.take(record, log_.position(), line)) return true;
  }
  if (skip_unended_) return false;
  return joiner_.take_unended(Stream::out, line) || joiner_.take_unended(Stream::err, line);
}

// Passes over what follows in the block that was read already and is not wanted.
void LineReader::pass_over() {
  const std::string_view rest = log_.rest_of_block();
  if (rest.empty() || joiner_.is_waiting()) return;
  log_.pass_over(skip_.passable(log_.next_position(), rest));
}

}  // namespace logd
