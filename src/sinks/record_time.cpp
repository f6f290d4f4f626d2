// SPDX-License-Identifier: Apache-2.0
#include "sinks/record_time.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace logd {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

}  // namespace

void RecordTime::set(std::string_view time) {
  const bool is_known = time.size() == kTimeDigits && second_digits_ > 0 &&
                        std::memcmp(time.data(), second_.data(), kSecondBytes) == 0;
  if (!is_known) return set_anew(time);
  const char* const digits = time.data() + kSecondBytes;
  std::uint64_t fraction = 0;
  for (std::size_t i = 0; i < kFractionDigits; ++i) {
    const unsigned digit = static_cast<unsigned char>(digits[i]) - static_cast<unsigned>('0');
    if (digit > 9) return set_anew(time);
    fraction = fraction * 10 + digit;
  }
  nanoseconds_ = second_nanoseconds_ + fraction;
  // The digits of a whole number of seconds, and then these.
  std::memcpy(decimal_.data() + second_digits_, digits, kFractionDigits);
  decimal_bytes_ = second_digits_ + kFractionDigits;
}

void RecordTime::set_anew(std::string_view time) {
  second_digits_ = 0;
  const auto parsed = parse_time(time.substr(0, kTimeDigits));
  const auto count = parsed ? parsed->time_since_epoch().count() : 0;
  nanoseconds_ = count > 0 ? static_cast<std::uint64_t>(count) : 0;
  const auto end =
      std::to_chars(decimal_.data(), decimal_.data() + decimal_.size(), nanoseconds_).ptr;
  decimal_bytes_ = static_cast<std::size_t>(end - decimal_.data());
  if (nanoseconds_ < kSecond || time.size() != kTimeDigits) return;
  std::copy_n(time.data(), kSecondBytes, second_.data());
  second_nanoseconds_ = nanoseconds_ / kSecond * kSecond;
  second_digits_ = decimal_bytes_ - kFractionDigits;
}

}  // namespace logd
