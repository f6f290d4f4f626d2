// Names a part of a line: the bytes from `begin` up to, not including, `end`.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace logd {

struct ByteRange {
  std::size_t begin = 0;
  std::size_t end = 0;

  bool operator==(const ByteRange&) const = default;
};

}  // namespace logd
