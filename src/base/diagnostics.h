// Writes what logd and logctl have to say about themselves to standard error.
//
// Captured lines never come here, and neither does anything unmasked. A standard error that nobody
// reads cannot hold up capture: what does not fit is dropped and counted. spdlog stays behind the
// .cpp. Any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace logd {

// Call once, first in main. `program` stands in front of every message; LOGD_LOG_LEVEL (debug,
// info, warn, error, off) says what is shown, info if it is not set.
void set_up_diagnostics(std::string_view program);

void log_debug(std::string_view message);
void log_info(std::string_view message);
void log_warn(std::string_view message);
void log_error(std::string_view message);

// Messages dropped because standard error was full.
std::uint64_t dropped_diagnostics();

}  // namespace logd
