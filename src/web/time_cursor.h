// Says how far several logs were read in the order of their times, in a text that is short enough
// for a URL.
//
// Lines of different logs may come to be stored in another order than that of their times, by
// moments, so one time alone would not do. Forward: all up to a time is settled, and beyond it each
// log that was read further has a time of its own. Backward: all after a time, and at that time the
// logs that are named. Within a log times strictly increase, so each line is read once. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "logd/names.h"
#include "logd/result.h"
#include "logd/units.h"
#include "query/merge.h"

namespace logd::web {

class TimeCursor {
 public:
  explicit TimeCursor(Order order = Order::oldest_first);

  // The text of one. Errors: invalid.
  static Result<TimeCursor> parse(std::string_view text);

  Order order() const { return order_; }
  bool is_new() const { return is_new_; }
  // The bound that nothing wanted lies before, or with newest_first after.
  WallTime bound() const { return bound_; }

  bool has_read(const LogName& log, WallTime time) const;
  void note_read(const LogName& log, WallTime time);

  // "1795299420000000000~web,12~api@2,34" at the moment `now`; empty if nothing was read.
  std::string text(WallTime now);

 private:
  struct Less {
    bool operator()(const LogName& a, const LogName& b) const {
      return a.process != b.process ? a.process < b.process : a.instance < b.instance;
    }
  };

  Order order_;
  bool is_new_ = true;
  WallTime bound_;
  WallTime last_;
  std::map<LogName, WallTime, Less> beyond_;
};

}  // namespace logd::web
