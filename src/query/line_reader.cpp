// SPDX-License-Identifier: Apache-2.0
#include "query/line_reader.h"

namespace logd {

LineReader::LineReader(LogReader log, const LineOptions& options, std::uint64_t& held_bytes)
    : log_(std::move(log)), joiner_(options, held_bytes), skip_unended_(options.skip_unended) {
  // Events tell of runs and of missing newlines.
  log_.set_wanted({options.selection.out, options.selection.err, true});
}

void LineReader::seek(const LineStart& start, Position limit) {
  joiner_.begin(start);
  log_.seek(start.read_from, limit);
}

bool LineReader::next(Line& line) {
  RecordView record;
  while (log_.next(record)) {
    if (notes_places_) {
      last_ = {log_.position(), parse_time(record.time_text()).value_or(last_.time)};
    }
    if (joiner_.take(record, log_.position(), line)) return true;
  }
  if (skip_unended_) return false;
  return joiner_.take_unended(Stream::out, line) || joiner_.take_unended(Stream::err, line);
}

}  // namespace logd
