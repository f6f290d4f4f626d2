// Reads one log forward, line by line.
//
// Only what log_reader.h gives is read, and line_joiner.h makes lines of it; how lines look is
// render.h's business. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "query/line.h"
#include "query/line_joiner.h"
#include "query/log_reader.h"
#include "query/record_skip.h"

namespace logd {

class LineReader final : public LineSource {
 public:
  // `held_bytes` is shared by all readers of one query and outlives them.
  LineReader(LogReader log, const LineOptions& options, std::uint64_t& held_bytes);

  void seek(const LineStart& start, Position limit);

  // At the end come the lines that have not ended, unless they are to be left out.
  bool next(Line& line) override;
  const LogName& name() const override { return log_.name(); }

  LogReader& log() { return log_; }

  // From now on lines that have not ended are left out, or not.
  void set_skip_unended(bool skip_unended) { skip_unended_ = skip_unended; }

  // From now on cursor() says how far it has come: behind the line that next() returned last, or
  // behind all that there was.
  void note_places() { notes_places_ = true; }
  LogCursor cursor() const {
    return {last_, {joiner_.unended_from(Stream::out), joiner_.unended_from(Stream::err)}};
  }

 private:
  void pass_over();

  LogReader log_;
  LineJoiner joiner_;
  RecordSkip skip_;
  bool skip_unended_;
  bool notes_places_ = false;
  RecordPlace last_;  // read
};

}  // namespace logd
