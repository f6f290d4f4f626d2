// Computes digests: SHA-256, for the keyed masks and for coin addresses, and Ethereum's Keccak-256.
//
// Nothing here is hardened against timing: whoever could measure it is on the machine and reads the
// secrets themselves. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace logd {

using Digest = std::array<std::uint8_t, 32>;

// FIPS 180-4.
Digest sha256(std::span<const std::uint8_t> message) noexcept;

// Of at most 135 bytes (one block), with the padding from before FIPS 202, as Ethereum has it.
Digest keccak256_short(std::span<const std::uint8_t> message) noexcept;

}  // namespace logd
