// Runs a program that is given a text, until it ends or its time is over. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "logd/result.h"
#include "logd/units.h"

namespace logd {

class FedProgram {
 public:
  struct Start {
    std::vector<std::string> arguments;  // the first one is the program's path
    std::vector<std::string> variables;  // NAME=value, besides those of logd
    std::string input;                   // its standard input
    MonoTime deadline{};                 // it is killed then, with what it started
  };
  // Errors: io, not_found, permission (the program cannot be started).
  static Result<FedProgram> start(const Start& start);

  FedProgram(FedProgram&&) = default;
  FedProgram& operator=(FedProgram&&) = delete;
  // Kills it if it still runs, and does not wait long for that.
  ~FedProgram();

  // Readable when look() has something to do.
  int ended_descriptor() const { return pidfd_.get(); }
  int errors_descriptor() const { return errors_.get(); }  // -1: nothing comes any more
  // When to look at the latest.
  MonoTime deadline() const;

  struct End {
    int exit_status = 0;
    int signal = 0;           // that killed it; 0: none
    bool was_late = false;    // killed at its deadline
    pid_t left = -1;          // it could not be killed: to be reaped when it ends; -1: it has ended
    std::string first_error;  // first line of its standard error, cut
  };
  // Takes what there is; the end, once.
  std::optional<End> look(MonoTime now);

 private:
  FedProgram(pid_t pid, UniqueFd pidfd, UniqueFd errors, MonoTime deadline);
  void read_errors();
  void kill();

  // Owned: a moved-from object has none.
  struct Pid {
    pid_t value = -1;
    explicit Pid(pid_t pid) : value(pid) {}
    Pid(Pid&& other) noexcept : value(other.value) { other.value = -1; }
  };
  Pid pid_;
  UniqueFd pidfd_;
  UniqueFd errors_;
  MonoTime deadline_;
  std::optional<MonoTime> killed_at_;
  std::string error_text_;
};

}  // namespace logd
