// Records that a receiver could stumble over. For the tests of encoders.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "sinks/body_encoder.h"

namespace logd::sinks_testing {

inline const HostIdentity kHost{"0123456789abcdef", "web-17"};
inline constexpr std::string_view kTime = "2026-11-21T22:17:00.123456789";
inline constexpr std::uint64_t kTimeNs = 1795299420123456789;

struct Hostile {
  std::string content;
  std::string as_utf8;  // what may be said of it
};

inline std::vector<Hostile> hostile_contents() {
  const std::string bad = "\xef\xbf\xbd";
  std::string all_bytes;
  for (int i = 0; i < 0x80; ++i) all_bytes += static_cast<char>(i);
  const std::string large(300'000, 'x');
  return {
      {"", ""},
      {"plain", "plain"},
      {all_bytes, all_bytes},
      {std::string("a\0b", 3), std::string("a\0b", 3)},
      {"\"},\"x\":{\"\\\"\\u0000\r\n", "\"},\"x\":{\"\\\"\\u0000\r\n"},
      {"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 \xe2\x80\xa8",
       "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 \xe2\x80\xa8"},
      {"\xff\xfe", bad + bad},
      {"cut \xe2\x82", "cut " + bad + bad},
      {"overlong \xc0\xaf", "overlong " + bad + bad},
      {"surrogate \xed\xa0\x80!", "surrogate " + bad + bad + bad + "!"},
      {"too high \xf4\x90\x80\x80", "too high " + bad + bad + bad + bad},
      {large, large},
      {large + "\x80" + large, large + bad + large},
  };
}

inline OutgoingRecord record_of(std::string_view content, std::string_view time = kTime) {
  OutgoingRecord record;
  record.time = time;
  record.content = content;
  return record;
}

}  // namespace logd::sinks_testing
