// Tells what the terminal can show: its width, and more than ASCII.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace logd {

// Columns of the terminal that `descriptor` is; 80 if it is none.
std::size_t screen_columns(int descriptor);

// Whether the locale is one of UTF-8 and the terminal is not dumb.
bool can_show_blocks();

}  // namespace logd
