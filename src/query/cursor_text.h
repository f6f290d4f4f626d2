// Writes and reads the text of a cursor file: how far somebody has read which logs.
//
//   logctl-cursors 1
//   web last 12 3456 2026-11-21T22:17:00.000000042Z
//   web stderr 11 100 2026-11-21T22:16:59.000000007Z
//   end
//
// Each line names a record by log, segment, offset in uncompressed bytes and time: the one read
// last, and those with which a line of a stream begins that has not ended. Pure. Format:
// logd-query(7).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "logd/result.h"
#include "query/log_cursor.h"

namespace logd {

std::string cursor_text(const LogCursors& cursors);

// Errors: invalid, with the line that is not what cursor_text() writes.
Result<LogCursors> parse_cursor_text(std::string_view text);

}  // namespace logd
