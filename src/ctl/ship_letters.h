// Shows what a destination has refused: `logctl ship dlq list` and `show`.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "logd/config.h"

namespace logd {

enum class LettersAs : unsigned char { text, json };

// How many there are by reason; returns the exit status.
int list_letters(const Config& config, const std::string& destination, LettersAs as);

// All of them; as JSON, the lines of the files as they are. Returns the exit status.
int show_letters(const Config& config, const std::string& destination, LettersAs as);

}  // namespace logd
