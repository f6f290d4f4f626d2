// Prints what one run stores to our own standard output and error, as `tail -f -o raw` would, each
// stream to its own.
//
// Only what is in the log can be printed, since only logd masks: while there is no daemon there is
// nothing, and then all comes. The log need not exist yet. What is printed begins with the start of
// the run and ends when the shim says so and all is printed that was stored until then: with two
// runs at once under one name nobody could tell whose line is whose. A stream that nobody takes any
// more is given up, with a message; one whose reader waits holds up nothing but this. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "logd/file_system.h"
#include "logd/line.h"
#include "logd/names.h"
#include "query/history.h"

namespace logd {

class RunCopy {
 public:
  // `link`: our end of the socket to the shim (capture/copy_link.h). `fs` must outlive this object.
  RunCopy(FileSystem& fs, std::string log_dir, LogName log, int link);

  // Finds the end of the log, if there is one yet, and tells that over the link. Errors:
  // permission, io.
  Result<void> open();

  void run();

 private:
  using Clock = std::chrono::steady_clock;

  struct Copied {
    int fd = -1;
    const char* name = "";
    std::string waiting;  // to be written
    bool is_open = true;
  };

  Result<void> open_history();
  void look();
  bool is_done() const;
  void wait();
  void take_link();
  void tell_got_on() const;
  void print();
  void take_event(std::string_view text);
  void append(const Line& line);
  void flush(Copied& copied);
  void give_up(Copied& copied, int sys_errno);

  FileSystem& fs_;
  std::string log_dir_;
  LogName log_;
  int link_;
  Report report_;
  std::optional<History> history_;
  bool was_absent_ = false;   // all of the log is newer than we are
  std::string last_failure_;  // to open it, told once

  std::int32_t pid_ = 0;              // of CMD; 0: it does not run yet
  std::optional<std::uint64_t> run_;  // its number, once its start was read
  bool has_exited_ = false;           // its end was read
  std::optional<Clock::time_point> told_to_end_;
  std::array<Copied, 2> copied_;  // by stream
};

}  // namespace logd
