// Builds one short message without stdio and tells it to people on standard error in one write.
//
// What does not fit is left out. Pure but for say().
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace logd::shim {

class Text {
 public:
  Text& add(std::string_view text);
  Text& add_number(std::int64_t number);
  // Seconds as people write them: "5 s", "0.25 s".
  Text& add_seconds(std::int64_t milliseconds);
  // What errno means, in English, without the C library's locales.
  Text& add_error(int sys_errno);

  std::string_view view() const { return {bytes_, size_}; }
  const char* c_str() const { return bytes_; }

 private:
  static constexpr std::size_t kMaxBytes = 511;
  char bytes_[kMaxBytes + 1]{};
  std::size_t size_ = 0;
};

// Writes "<text>\n" to standard error. A closed or broken standard error is nobody's concern, and
// one that nobody reads for a second does without it.
void say(const Text& text);

// A decimal number of digits only, at most `max`; nothing for anything else.
std::optional<std::int64_t> parse_number(std::string_view text, std::int64_t max);

}  // namespace logd::shim
