// Finds the secret at a place that a shape gate told: how far a card number, an IBAN or an e-mail
// address goes, and whether it may stand there.
//
// Check digits and the like are the rule's validators' business. Each looks at a few dozen bytes.
// Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "mask/scanner.h"

namespace logd {

// `at`: the first digit. Bare (13 to 19 digits) or in groups of four and more with one kind of
// separator; nothing that goes on before or behind as a longer number or an identifier would.
std::optional<Secret> card_at(std::string_view line, std::size_t at) noexcept;

// `at`: the first letter. Bare or in groups of four, exactly as long as the country has them.
std::optional<Secret> iban_at(std::string_view line, std::size_t at) noexcept;

// `at`: the '@', or the '%' of "%40" (sign_bytes 3).
std::optional<Secret> email_at(std::string_view line, std::size_t at,
                               std::size_t sign_bytes) noexcept;

}  // namespace logd
