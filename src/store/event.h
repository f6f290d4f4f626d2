// Builds and parses the texts of the events that logd writes into a log.
//
// An event is a record like any other (logd/record.h: encode_event); this is only its text, in one
// place so that capture and the readers cannot disagree. A text never holds a newline or another
// control byte: names of commands are cleaned. Pure. Texts: logd-format(5).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "logd/line.h"

namespace logd {

// How a run ended, as far as logd knows.
struct RunEnd {
  std::uint64_t run = 0;
  std::int32_t pid = 0;
  std::int32_t code = 0;    // unless killed
  std::int32_t signal = 0;  // 0 if it exited
  bool out_lacks_newline = false;
  bool err_lacks_newline = false;
};

// "started run 7: pid 123, uid 0, node". Bytes of `command` outside printable ASCII become '?'.
std::string started_event(std::uint64_t run, std::int32_t pid, std::uint32_t uid,
                          std::string_view command);

// "exited run 7: pid 123, code 0" or "..., signal 9", then ", stdout ends without a newline".
std::string exited_event(const RunEnd& end);

// "exited run 7: status unknown, its shim was killed".
std::string exit_unknown_event(std::uint64_t run);

// "stdout ends without a newline": stands directly before the last record of a stream that ended in
// the middle of a line. The next F record of that stream has no newline of its own.
std::string no_newline_event(Stream stream);

// Why logd itself dropped lines.
enum class DropReason : std::uint8_t { disk_full, over_rate };
inline constexpr std::size_t kDropReasons = 2;

// "dropped 12 lines, 345 bytes on stdout: the disk did not take them", whether it was full or
// broken, or "...: over max_rate".
std::string dropped_event(Stream stream, std::uint64_t lines, std::uint64_t bytes,
                          DropReason reason);

// "dropped 12 lines, 345 bytes on stdout: nobody took them": by the shim.
std::string dropped_event(Stream stream, std::uint64_t lines, std::uint64_t bytes);

// "flushed by uid 0: 12 records, 345 bytes (pid 99)".
std::string flushed_event(std::uint32_t uid, std::int32_t pid, std::uint64_t records,
                          std::uint64_t bytes);

// "rotated by uid 0 (pid 99)".
std::string rotated_event(std::uint32_t uid, std::int32_t pid);

// "pruned by uid 0 (pid 99): 3 segments, 345 bytes".
std::string pruned_event(std::uint32_t uid, std::int32_t pid, std::uint64_t segments,
                         std::uint64_t bytes);

// "recovered: 123 bytes of a torn record cut off".
std::string recovered_event(std::uint64_t bytes);

// What somebody else has done to a log.
enum class ChangedByHand { deleted, truncated, extended, directory };

// "segment 12 was deleted by hand: goes on here", "... truncated ...", "... written to ..."; or
// "the directory was deleted or moved by hand: goes on here".
std::string changed_by_hand_event(ChangedByHand change, std::uint64_t segment);

// "time runs 75 s ahead of the clock".
std::string time_ahead_event(std::uint64_t seconds);

// What a started event says. Behind the number of the run nothing must be there that we know.
struct StartedEvent {
  std::uint64_t run = 0;
  std::optional<std::int32_t> pid;
  std::optional<std::uint32_t> uid;
  std::string_view command;  // in the text
};

// What an exited event says.
struct ExitedEvent {
  std::uint64_t run = 0;
  std::optional<std::int32_t> pid;
  std::optional<std::int32_t> code;    // if it exited
  std::optional<std::int32_t> signal;  // if it was killed; neither: that is not known
};

// Nothing for any other text.
std::optional<StartedEvent> parse_started_event(std::string_view text);
std::optional<ExitedEvent> parse_exited_event(std::string_view text);

// The stream of a no_newline_event; nothing for any other text.
std::optional<Stream> parse_no_newline_event(std::string_view text);

// Whether it is a flushed_event.
bool is_flushed_event(std::string_view text);

}  // namespace logd
