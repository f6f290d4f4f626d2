// Reads the five or six fields of a line of cron into sets of numbers. Grammar: logd(8).
//
// When that is on a clock is schedule.h's business. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "logd/result.h"

namespace logd {

// Bit N of a set stands for the number N.
struct CronFields {
  std::uint64_t seconds = 1;
  std::uint64_t minutes = 0;
  std::uint64_t hours = 0;
  std::uint64_t days = 0;      // of the month, from 1
  std::uint64_t months = 0;    // from 1
  std::uint64_t weekdays = 0;  // 0 is Sunday
  // Both fields of days are restricted, neither begins with '*' or '?': then one that matches is
  // enough.
  bool is_either_day = false;

  bool is_day(unsigned day, unsigned weekday) const;
  bool operator==(const CronFields&) const = default;
};

// "0 3 * * mon-fri", or with seconds first "30 0 3 * * mon-fri".
// Errors: invalid (the number of fields, a field, or days that no month has).
Result<CronFields> parse_cron(std::string_view text);

}  // namespace logd
