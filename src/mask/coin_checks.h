// Says whether a text is an address or a key of Bitcoin or an address of Ethereum, by the check sum
// that its encoding carries. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace logd {

// Base58Check of an address, a private key (WIF) or an extended key (BIP 32) of any network, or a
// segregated witness address (bech32, bech32m; BIP 173 and 350) of mainnet, testnet or regtest.
bool is_btc(std::string_view text) noexcept;

// 0x and 40 hex digits; in mixed case they must be those of EIP-55. Addresses of one repeated digit
// are fillers, not somebody's.
bool is_eth(std::string_view text) noexcept;

}  // namespace logd
