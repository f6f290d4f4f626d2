// Shows the last lines of logs, and with `follow` what comes after them: `logctl tail`.
//
// Reads the files of a log directory and needs no daemon. Brings together the choice of logs, their
// starts, the merge and the output; each is a file of its own. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "logd/file_system.h"
#include "query/line_reader.h"
#include "query/log_choice.h"
#include "query/log_watch.h"
#include "query/merge.h"
#include "query/output.h"
#include "query/render.h"
#include "query/tail_start.h"

namespace logd {

enum class ShowName : std::uint8_t {
  when_several,  // short and iso: if more than one log may be shown
  always,
  never,
};

struct TailOptions {
  std::vector<std::string> names;  // none: all
  TailQuery query;
  RenderOptions render;
  ShowName show_name = ShowName::when_several;
};

class Tail {
 public:
  // `fs`, `output` and `report` must outlive this object.
  Tail(FileSystem& fs, std::string log_dir, TailOptions options, Output& output,
       const Report& report);

  // Chooses and opens the logs and finds where their last lines begin. Errors: not_found (no such
  // process, with a suggestion; or no log directory), permission, io.
  Result<void> open();

  // Prints what there is, and with `follow` goes on until the output's reader has gone. Errors: io
  // (the output; sys_errno EPIPE: nobody reads it any more).
  Result<void> print();

 private:
  using Time = std::chrono::steady_clock::time_point;

  struct Opened {
    LogName name;
    std::unique_ptr<Directory> directory;
  };

  Result<void> open_log_dir();
  Result<std::vector<Opened>> open_chosen(const std::vector<LogName>& logs);
  Result<std::unique_ptr<Directory>> open_log(const LogName& log);
  void add(Opened log, const LogSpan& span);
  void decide_names();

  Result<void> print_ready();
  Result<void> wait();
  void take_news();
  void look_everywhere();
  void join_new_logs();
  void reopen_if_replaced(std::size_t index);

  FileSystem& fs_;
  std::string path_;
  TailOptions options_;
  LogChoice choice_;
  Output& output_;
  const Report& report_;
  Renderer renderer_;

  std::unique_ptr<Directory> log_dir_;
  std::optional<LogWatch> watch_;       // with follow
  std::map<std::string, bool> joined_;  // by directory; false: could not be read so far
  std::size_t block_bytes_ = kReadBlockBytes;
  std::uint64_t held_bytes_ = 0;
  Merge merge_;
  std::vector<LineReader*> readers_;  // by their index in merge_
  Time last_look_;                    // at what has news
  Time last_look_everywhere_;         // at every log
};

}  // namespace logd
