// Reads and writes amounts of bytes as people spell them: "10MiB". Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "logd/result.h"

namespace logd {

// Parses "10MiB", "512k", "1.5 GB" or "4096"; every unit (B, K, KB, KiB, Ki, M, … T, in any case)
// is a power of 1024, as in PM2 and logrotate. Errors: invalid, with a hint.
Result<std::uint64_t> parse_size(std::string_view text);

// The exact spelling that parse_size takes back: "10MiB", "1025B", "0".
std::string size_text(std::uint64_t bytes);

// For tables, rounded to three digits: "1.46MiB", "98.7KiB", "512B".
std::string short_size_text(std::uint64_t bytes);

}  // namespace logd
