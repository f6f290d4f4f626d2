// Declares and reads the options of going on with what comes, and of what ends it: -f, --until-exit
// and --timeout.
//
// --until-match ends it too, but is declared with the other patterns, in filter_options.h. One
// thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ctl/options.h"
#include "logd/result.h"
#include "query/history.h"

namespace logd {

class FollowOptions {
 public:
  // `this` must outlive `options`.
  void declare(Options& options);

  // Sets the timer, if there is one. Errors: invalid.
  Result<void> settle(HistoryQuery& query) const;

 private:
  std::string timeout_;
  bool follow_ = false;
  bool no_follow_ = false;
  bool until_exit_ = false;
};

}  // namespace logd
