// Says whether a text is an IBAN: a country of the registry, the length and the structure that it
// has there, and the check digits of ISO 13616 (mod 97).
//
// Upper or lower case, spaces or dashes between the groups. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace logd {

bool is_iban(std::string_view text) noexcept;

// Characters that an IBAN of the country has, without separators; 0 if the country has none. The
// code is of two capitals.
std::size_t iban_size(std::string_view country_code) noexcept;

}  // namespace logd
