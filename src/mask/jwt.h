// Says whether a text is a JSON Web Token of any kind: signed, encrypted (JWE) or unsigned. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace logd {

// Two to five base64url parts between dots (some may be empty), of which the first decodes to a
// JSON object with a member "alg" or "typ". Neither times nor signatures are looked at. Of a header
// over 8 KiB the end is not seen; parts may be cut off behind the header.
bool is_jwt(std::string_view text) noexcept;

}  // namespace logd
