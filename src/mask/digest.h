// Computes the digests that coin addresses carry: SHA-256 and Ethereum's Keccak-256.
//
// For check sums of public addresses only; nothing here is hardened against timing. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace logd {

using Digest = std::array<std::uint8_t, 32>;

// Of at most 119 bytes (two blocks): FIPS 180-4.
Digest sha256_short(std::span<const std::uint8_t> message) noexcept;

// Of at most 135 bytes (one block), with the padding from before FIPS 202, as Ethereum has it.
Digest keccak256_short(std::span<const std::uint8_t> message) noexcept;

}  // namespace logd
