// Counts the steps that fakes report and stops the code under test at one of them, as kill -9
// would.
//
// A test runs its scenario once to learn how many steps there are, then once for each step:
// stop_at(step), catch StopHere, start again from what the fakes still hold.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace logd::fakes {

// Thrown out of the code under test. Nothing of ours catches it.
struct StopHere {
  std::string step;
};

class Steps {
 public:
  static constexpr std::size_t kNever = static_cast<std::size_t>(-1);

  // Stops at the step of this number, counted from 0 since the last restart().
  void stop_at(std::size_t step) { stop_at_ = step; }

  // Forgets what was counted and stops nowhere.
  void restart() {
    names_.clear();
    stop_at_ = kNever;
  }

  void take(std::string_view step) {
    names_.emplace_back(step);
    if (names_.size() - 1 == stop_at_) throw StopHere{names_.back()};
  }

  std::size_t count() const { return names_.size(); }
  const std::vector<std::string>& names() const { return names_; }

  // The hook that fakes take. This object must outlive them.
  std::function<void(std::string_view)> hook() {
    return [this](std::string_view step) { take(step); };
  }

 private:
  std::vector<std::string> names_;
  std::size_t stop_at_ = kNever;
};

}  // namespace logd::fakes
