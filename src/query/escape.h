// Writes bytes that a process chose so that no terminal and no JSON parser stumbles over them.
// Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "query/byte_range.h"

namespace logd {

// What becomes of the colours (SGR sequences) in a text.
enum class Colours : unsigned char { keep, strip };

// Appends `bytes` with everything that a terminal would act on spelled out: control characters and
// other escape sequences as \xNN, C1 and bidirectional controls and line separators as \u{NN},
// bytes that are not UTF-8 as \xNN. Tabs stay. Kept colours are reset at the end, what was spelled
// out is dimmed, and a "colour" that hides text is spelled out. `marked` parts, in order and apart
// from each other, are shown in reverse video, whole characters each; only with Colours::keep.
void append_visible(std::string& to, std::string_view bytes, Colours colours,
                    std::span<const ByteRange> marked = {});

// Appends `bytes` as the inside of a JSON string; what is not UTF-8 becomes U+FFFD. Returns false
// if there was any.
bool append_json(std::string& to, std::string_view bytes);

// Length of the UTF-8 character at the front of `bytes`, which are not empty; 0 if there is none:
// no overlong forms, no surrogates.
std::size_t character_length(std::string_view bytes);

// Length of the SGR sequence (ESC [ numbers m) at the front of `bytes`; 0 if there is none.
std::size_t colour_length(std::string_view bytes);

// RFC 4648, with padding.
void append_base64(std::string& to, std::string_view bytes);

}  // namespace logd
