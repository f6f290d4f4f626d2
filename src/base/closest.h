// Finds the word that somebody probably meant, for "did you mean". Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logd {

// The one of `words` that differs from `word` by the fewest typing errors (a letter more, less,
// other, or two swapped; case does not count); nothing if even that one differs by more than a
// third of its letters.
std::optional<std::string> closest(std::string_view word, const std::vector<std::string>& words);

}  // namespace logd
