// Keeps in a file how far logs were read, so that the next call goes on there: --cursor-file.
//
// What the file holds is cursor_text.h's business, what a cursor is log_cursor.h's. One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "ctl/options.h"
#include "logd/result.h"
#include "query/history.h"

namespace logd {

class CursorFile {
 public:
  // `this` must outlive `options`.
  void declare(Options& options);

  bool is_given() const { return !given_.empty(); }
  // Whether there was one when it was read.
  bool is_there() const { return is_there_; }

  // Reads it, and has `query` go on there and note how far it comes. Errors: invalid (damaged, of
  // somebody else, no file; or -r), permission, io.
  Result<void> read(HistoryQuery& query);

  // All is printed that `history` has shown. Saves now and then.
  void note(const History& history);

  // Saves what was noted last. Errors: permission, io, no_space.
  Result<void> save();

 private:
  using Time = std::chrono::steady_clock::time_point;

  std::vector<std::string> given_;
  std::string path_;
  bool is_there_ = false;
  bool has_noted_ = false;
  bool has_failed_ = false;
  LogCursors cursors_;  // also of logs that are not read this time
  std::string saved_;   // the text in the file
  Time last_save_ = std::chrono::steady_clock::now();
};

}  // namespace logd
