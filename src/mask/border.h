// Says where a token of a line may begin and end.
//
// What stands before a secret need not be a byte of prose: behind the escapes and codes that logs
// are full of (\n, \u0022, %3D, a colour) a token begins as it does behind a space. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "mask/rule.h"

namespace logd {

// True if a token may begin at line[at].
bool is_border_before(std::string_view line, std::size_t at, Boundary boundary);

// True if a token may end before line[at].
bool is_border_behind(std::string_view line, std::size_t at, Boundary boundary);

// The bytes around `at` up to the nearest white space, quote or bracket on either side.
struct TokenRun {
  std::size_t begin = 0;
  std::size_t end = 0;
};
TokenRun token_run_at(std::string_view line, std::size_t at);

// The first byte at or behind `from` that does not belong to the run of token bytes there.
std::size_t token_run_end(std::string_view line, std::size_t from);

}  // namespace logd
