// Says which lines of one stream belong together: a stack trace, an object printed over several
// lines. A query that matches one line of a group shows all of it.
//
// A line goes on with the group before it if
//  - it is indented (Java, Node, Python, .NET, Ruby, the source lines of Go; pretty-printed text),
//    or closes a bracket right after an indented line: "}", "])", "},";
//  - it is of a kind that only goes on: "Caused by: ", "... 3 more", "--- End of ", "goroutine 1
//    [running]:", "created by ", "[signal ", "exit status ", "Node.js v", "Stack trace:" and "#0 "
//    behind it (PHP), "stack backtrace:" and "note: run with " (Rust), a line of a Ruby trace;
//  - the group waits for it: behind "Traceback (most recent call last):" the first line that is not
//    indented, and a chained traceback; behind "panic: " or "goroutine" the calls of Go; behind the
//    "^" of Node the error; behind "thread 'main' panicked at ...:" the message;
//  - it begins a trace right behind the line that reports it, at most 10 ms later: "Traceback",
//    "java.lang.IllegalStateException: ...", "System.IO.IOException: ...".
// A blank line goes on only where one of these waits. Everything else begins a group, and so does
// a line that comes more than a second after the one before it, or that would make the group larger
// than the limits below.
//
// What is shown of a group, and when, is the caller's business; so are other streams, which have
// groupers of their own, and events. Pure. One thread at a time per object.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "logd/units.h"

namespace logd {

class LineGrouper {
 public:
  static constexpr std::size_t kMaxLines = 1000;
  static constexpr std::size_t kMaxBytes = 1 << 20;
  static constexpr std::chrono::seconds kMaxGap{1};
  static constexpr std::chrono::milliseconds kMaxReportGap{10};

  enum class Place : std::uint8_t { begins, goes_on };

  // Takes the next line of the stream, its pieces joined, and the time of its record. The first
  // line always begins a group.
  Place take(std::string_view line, WallTime time);

  // Forgets the group, as where lines are missing.
  void clear() { lines_ = 0; }

 private:
  // What a group waits for behind its last line.
  enum class Waiting : std::uint8_t {
    nothing,
    exception,   // Python: behind the indented lines
    chain,       // Python: behind the exception, "During handling of ..." and so on
    calls,       // Go: calls, of which only the places are indented
    node_error,  // Node: behind the "^"
    node_end,    // Node: the blank line before the version
    message,     // Rust: the line behind "panicked at"
    frames,      // PHP: "#0 ..."
    ruby,        // Rails: the blank line before the trace
  };

  bool goes_on(std::string_view line, WallTime time);
  bool is_waited_for(std::string_view line);
  void begin(std::string_view line);

  Waiting waiting_ = Waiting::nothing;
  bool was_indented_ = false;
  std::size_t lines_ = 0;  // of the group; 0: there is none
  std::size_t bytes_ = 0;
  WallTime last_time_;
};

}  // namespace logd
