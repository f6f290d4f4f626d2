// Prints what is kept of logs, and with `follow` what comes after it: `logctl tail`, `search` and
// `export`.
//
// Reads the files of a log directory and needs no daemon. What is shown is history.h's business,
// how it looks render.h's. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "query/history.h"
#include "query/output.h"
#include "query/render.h"

namespace logd {

enum class ShowName : std::uint8_t {
  when_several,  // short and iso: if more than one log may be shown
  always,
  never,
};

struct TailOptions {
  HistoryQuery query;
  RenderOptions render;
  ShowName show_name = ShowName::when_several;
  bool count_only = false;  // instead of lines, how many match
  // Ends behind the first line that it matches, of those that the filter lets through. None: not.
  const TextMatcher* until_match = nullptr;
  // Called when everything is printed that the history has shown so far. None: not.
  std::function<void(const History&)> note_printed;
};

class Tail {
 public:
  // `fs`, `output` and `report` must outlive this object.
  Tail(FileSystem& fs, std::string log_dir, TailOptions options, Output& output,
       const Report& report);

  // As History::open().
  Result<void> open();

  // Prints what there is, and with `follow` goes on until something of `options` ends it or the
  // output's reader has gone. Errors: io (the output; sys_errno EPIPE: nobody reads it any more).
  Result<void> print();

  const History& history() const { return history_; }

  // Whether it has ended behind a line that `until_match` matches.
  bool has_found() const { return has_found_; }

 private:
  void decide_names();
  Result<void> print_ready();
  Result<void> finish_ready();
  Result<void> flush();
  void append(const History::Shown& shown);
  Result<void> wait();

  TailOptions options_;
  Output& output_;
  const Report& report_;
  Renderer renderer_;
  History history_;
  std::size_t named_logs_ = 0;  // for which decide_names() has decided
  bool has_found_ = false;
};

}  // namespace logd
