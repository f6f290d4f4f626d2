// Reads the header Retry-After (RFC 9110, section 10.2.3). Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "logd/units.h"

namespace logd {

// Longer than this no receiver makes us wait: it may be a mistake, and we try again.
inline constexpr std::chrono::seconds kMaxRetryAfter{3600};

// Seconds, or a date as HTTP writes it ("Sun, 06 Nov 1994 08:49:37 GMT"), as the time from `now`
// on, from 0 to kMaxRetryAfter. Nothing for anything else.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, WallTime now);

}  // namespace logd
