// Says what a text is made of and what it looks like: kinds of characters, entropy, base64, UUID,
// hex digest, path.
//
// A secret is none of the last three, and logs are full of them. All are linear; longer texts than
// kMaxText are cut to it or are none of what is asked (each says which). Placeholders and words are
// placeholder.h's and words.h's business. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace logd {

inline constexpr std::size_t kMaxText = 4096;

// How many of the four kinds occur: lower case, upper case, digits, anything else.
int character_kinds(std::string_view text) noexcept;

// Shannon entropy in bits per byte, of the first kMaxText bytes: 0 to 8.
double entropy(std::string_view text) noexcept;

// How many bytes the text decodes to if all of it is base64 or base64url (not a mixture), with its
// padding or without; 0 if it is not.
std::size_t base64_size(std::string_view text) noexcept;

// 8-4-4-4-12 hex digits in any case, bare, in braces or behind urn:uuid:.
bool is_uuid(std::string_view text) noexcept;

// 32, 40 or 64 hex digits of one case (MD5, SHA-1, SHA-256), bare or behind the name of the digest.
bool is_hex_digest(std::string_view text) noexcept;

// An absolute, home or relative path of POSIX or Windows. A single "/" in front is not enough,
// since base64 may begin with it: the first name must then be a word. Never longer than kMaxText.
bool is_path(std::string_view text) noexcept;

}  // namespace logd
