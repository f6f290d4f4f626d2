// Draws how many there were at what time, one bar a line, for a terminal.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "query/counts.h"

namespace logd {

struct Bar {
  std::string label;                   // ASCII
  std::optional<std::uint64_t> count;  // nothing: there are bars left out here
};

enum class BarStyle : std::uint8_t {
  blocks,  // eighths of U+2588
  ascii,   // '#'
};

// Lines of at most `width` columns, or of what label and count need and a bar of some columns. The
// longest bar takes all there is; one is never so short that it cannot be seen, unless it is 0.
std::string draw_histogram(const std::vector<Bar>& bars, std::size_t width, BarStyle style);

// A bar for each bucket from the first one where something was to the last, labelled with their
// begins. Where nothing was for very long, that is one bar without a count.
std::vector<Bar> bars_of(CountsByTime& by_time, const Selection& wanted, TimeFormat& times);

// The begin of a bucket of this length, no finer than need be: 2026-11-21 22:17.
std::string bucket_label(WallTime begin, std::chrono::seconds length, TimeFormat& times);

}  // namespace logd
