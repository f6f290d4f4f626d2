// Says what somebody meant by a key that there is not: a typing error, or the name that the same
// thing has elsewhere. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace logd {

// "; did you mean \"max_size\"?" or "; ...": what follows "unknown key". Empty: nobody knows.
// `keys` are those that there are in this place.
std::string about_unknown_key(std::string_view key, const std::vector<std::string>& keys);

}  // namespace logd
