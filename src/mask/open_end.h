// Finds what stands at the end of an unfinished line and may be the beginning of a secret, although
// no keyword tells: groups of digits, the first words of a private key, an object with a name whose
// value is still to come.
//
// What begins with a keyword is mask_engine.h's business. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace logd {

// Bytes of `text` in front of that; all of them where there is none. Looks at the last few hundred
// bytes.
std::size_t bytes_before_open_end(std::string_view text);

}  // namespace logd
