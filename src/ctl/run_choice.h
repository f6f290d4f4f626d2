// Declares and reads the options that say which runs `logctl runs` shows, and chooses by them.
//
// One thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ctl/options.h"
#include "logd/file_system.h"
#include "logd/result.h"
#include "query/run_walk.h"
#include "query/time_expression.h"
#include "store/segment_list.h"

namespace logd {

class RunChoice {
 public:
  // `this` must outlive `options`.
  void declare(Options& options);

  // Errors: invalid.
  Result<void> settle(WallTime now, const TimeZone& zone);

  // Of each log, the newest.
  std::size_t most() const { return most_; }

  // `behind`: so many runs of that log are newer.
  bool is_wanted(const Run& run, std::int64_t behind) const;

  // Whether a run that was asked for may lie before `oldest`, the first one that is kept.
  bool may_be_older(const Run& oldest, Directory& directory,
                    const std::vector<ListedSegment>& listing) const;

  // That no run is wanted says something.
  bool is_choosing() const { return only_failed_ || number_ || range_.since || range_.until; }

 private:
  Result<void> settle_most();

  std::string last_;
  std::string since_;
  std::string until_;
  std::string run_;
  bool previous_ = false;
  bool only_failed_ = false;

  std::size_t most_ = ~std::size_t{0};
  std::optional<std::int64_t> number_;
  TimeRange range_;
};

}  // namespace logd
