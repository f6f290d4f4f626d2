// Says whether a text that stands where a secret would stand is something else that often stands
// there, or is in the form that a protocol gives to credentials. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace logd {

// Base64 of "user:password", the user printable and perhaps empty.
bool is_basic_credentials(std::string_view text) noexcept;

// What may be a password: no placeholder, but for a short row of digits, which placeholders are and
// passwords, too (123456).
bool is_password(std::string_view text) noexcept;

// "namespace/name" of an object in a cluster, as in secret="kube-system/webhook-ca": two names in
// lower case that read like words.
bool is_object_name(std::string_view text) noexcept;

// A number of up to three digits, as in "pass: 12 fail: 0".
bool is_count(std::string_view text) noexcept;

}  // namespace logd
