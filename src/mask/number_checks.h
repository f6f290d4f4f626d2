// Says whether digits are a payment card, a device, a vehicle, a bank or a US social security
// number: check sum, length and issuer, in the spelling that such a number has.
//
// Logs are full of digits that pass a bare check sum, so each check also asks for what the issuer
// promises. IBANs are iban.h's business, other persons' numbers national_ids.h's. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace logd {

// Digits of any length from 2 on that end in a Luhn check digit, separators left out.
bool is_luhn_number(std::string_view text) noexcept;

// 12 to 19 digits of a known issuer, of a length that it issues, with a Luhn check digit; either
// without separators or in groups of 4-4-4-4, 4-4-4-4-3, 4-6-5 or 4-6-4 with one kind of separator.
// Without separators, 17 to 19 digits are a card only where UnionPay has them: others are too rare
// among all the 64-bit ids that look the same.
bool is_card(std::string_view text) noexcept;

// US routing number: 9 digits, Federal Reserve prefix, check digit.
bool is_aba(std::string_view text) noexcept;

// 15 digits with a Luhn check digit (3GPP TS 23.003), bare or grouped as 2-6-6-1, 6-2-6-1 or 8-6-1.
bool is_imei(std::string_view text) noexcept;

// 17 characters (ISO 3779); the check digit counts where the law asks for one: North America and
// China.
bool is_vin(std::string_view text) noexcept;

// Three, two and four digits with one kind of separator or none, in areas that were ever issued
// (SSA, "Social Security Number Randomization"). Numbers that advertisements made public are none.
bool is_us_ssn(std::string_view text) noexcept;

}  // namespace logd
