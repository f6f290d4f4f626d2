// Finds the level of a line where programs are known to put it, and nowhere else: a word in the
// text is never taken for one, and stderr is no level.
//
// The places, in this order:
//  1. In a JSON line, the first member of the outermost object named level, severity, lvl,
//     loglevel, log_level, log.level, levelname, severity_text or severitytext (in any case), or
//     the member "level" of an object "log", whose value is a level. Nothing else in such a line.
//  2. In a line that begins with a pair key=value, or has only a time before the first one, the
//     first of these keys whose value is a level.
//  3. The leading token of any other line. Before it may stand, in this order, each if it is there:
//     a syslog priority <0> to <191>; a time, of one or several tokens of digits and punctuation
//     (T, Z and names of months and zones among them); up to two tokens in brackets; the name in
//     "- name -". Colours count as nothing. A token is a level
//       - in brackets, [error] or [ERROR ], also behind a time: [10:00:00 INF];
//       - in upper case alone: ERROR;
//       - in any case before a colon or a bar: error: Warn|, also behind a name: INFO:root:
//     and so are klog's E1122 10:00:00 and Ruby's "E, [2026-11-22". A lower-case word alone is
//     text. Only the first 256 bytes are looked at.
//
// Values and tokens are, in any case: trace trce verbose vrb finest silly · debug dbug dbg fine ·
// info inf information notice · warn wrn warning · error err erro eror fail severe · fatal ftl
// crit critical panic emerg emergency alert. As values of a key also the numbers of pino and bunyan
// (10 trace, 20, 30, 40, 50, 60 fatal) and the severities of syslog (0 to 2 fatal, 3 error, 4
// warn, 5 and 6 info, 7 debug). Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "logd/result.h"
#include "query/line_fields.h"

namespace logd {

enum class Level : std::uint8_t { trace, debug, info, warn, error, fatal };

std::string_view level_name(Level level);

// Reads the name of a level as an option gives it. Errors: invalid, with the one that was probably
// meant.
Result<Level> parse_level(std::string_view text);

// The level of the line that `fields` has; nothing if it has none in a known place.
std::optional<Level> level_of(LineFields& fields, std::string_view line);

}  // namespace logd
