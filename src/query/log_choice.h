// Decides which logs of a log directory are meant by the names that somebody gave.
//
// A name means a process with all its instances, `NAME@N` one instance, a glob every process that
// it matches; no name means all. Reading the logs is tail.h's business. Pure but for listing.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "logd/file_system.h"
#include "logd/names.h"

namespace logd {

class LogChoice {
 public:
  explicit LogChoice(std::vector<std::string> names) : names_(std::move(names)) {}

  bool includes(const LogName& log) const;

  // True if a name without wildcards means `log`: then it must be readable.
  bool is_named(const LogName& log) const;

  // True if logs that do not exist yet may be meant, beyond instances of processes that do.
  bool is_open_ended() const;

  // Errors: not_found, with a suggestion, if a name means none of `logs`. A glob that matches
  // nothing is an error too, unless `may_come`.
  enum class MayCome { no, yes };
  Result<void> check(const std::vector<LogName>& logs, MayCome may_come) const;

 private:
  std::vector<std::string> names_;
};

// For a name that means none of `logs`: not_found, with the one that was probably meant.
Error no_such_process(const std::string& name, const std::vector<LogName>& logs);

// Every log there is, by name. Errors: permission, io.
Result<std::vector<LogName>> list_logs(Directory& log_dir);

}  // namespace logd
