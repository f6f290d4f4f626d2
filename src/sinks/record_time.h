// Turns the times of records into numbers. Records come many to a second, so that all but the
// fraction of most is known from the one before. One thread at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "logd/record.h"

namespace logd {

class RecordTime {
 public:
  // Takes the 29 characters of logd/record.h; what is no time counts as 1970.
  void set(std::string_view time);

  // Since 1970.
  std::uint64_t nanoseconds() const { return nanoseconds_; }

  // The same as decimal, valid until the next set().
  std::string_view decimal() const { return {decimal_.data(), decimal_bytes_}; }

 private:
  static constexpr std::size_t kSecondBytes = 20;  // "2026-11-21T22:17:00."
  static constexpr std::size_t kFractionDigits = 9;

  void set_anew(std::string_view time);

  std::array<char, kSecondBytes> second_{};  // known, if it is the front of a time
  std::uint64_t second_nanoseconds_ = 0;
  std::size_t second_digits_ = 0;
  std::uint64_t nanoseconds_ = 0;
  std::array<char, 24> decimal_{};
  std::size_t decimal_bytes_ = 0;
};

}  // namespace logd
