// Makes text of bytes: receivers want UTF-8, and one line that is none may cost the whole batch.
// Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace logd {

bool is_utf8(std::string_view bytes);

// Appends `bytes` with U+FFFD for every byte that is part of no character.
void append_utf8(std::string& to, std::string_view bytes);

// The same, alone.
std::string utf8_text(std::string_view bytes);

// At most `max_bytes` from the front of `text`, which is UTF-8, without cutting a character.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes);

}  // namespace logd
