// Makes one line for people of what a receiver or a library says: that may hold anything, parts of
// log lines and of URLs too. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace logd {

inline constexpr std::size_t kMaxReasonBytes = 200;

// `text` as UTF-8 without control bytes, runs of blanks as one, and without user and password of
// any URL in it; at most kMaxReasonBytes.
std::string clean_reason(std::string_view text);

}  // namespace logd
