// Begins and ends a command that reads logs: what it needs of the system, and its exit status.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "logd/result.h"
#include "query/damage_report.h"

namespace logd {

// Many logs may be open, and a reader that goes away ends us.
void prepare_to_read();

// The output failed; returns the exit status, if anybody is left to see it.
int cannot_print(const Error& error);

// Says what could not be read on standard error and remembers how bad it was.
class QueryOutcome {
 public:
  QueryOutcome();
  QueryOutcome(const QueryOutcome&) = delete;
  QueryOutcome& operator=(const QueryOutcome&) = delete;

  // Refers to this object.
  const Report& report() const { return report_; }

  struct Found {
    std::uint64_t matches = 0;
    bool is_cut_off = false;  // older records are not kept
    bool has_filter = false;
  };
  int status(const Found& found) const;

 private:
  bool is_damaged_ = false;
  bool is_unreadable_ = false;
  Report report_;
};

}  // namespace logd
