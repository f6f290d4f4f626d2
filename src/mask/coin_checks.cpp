// SPDX-License-Identifier: Apache-2.0
#include "mask/coin_checks.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "mask/ascii.h"
#include "mask/digest.h"
#include "mask/digits.h"

namespace logd {
namespace {

constexpr std::size_t kMaxBase58 = 112;  // an extended key has 111 characters
constexpr std::size_t kMaxPayload = 82;  // and 82 bytes

constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::string_view kBech32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

// Bytes at the end of the array; `size` 0 if the text is not Base58 or has too many.
struct Payload {
  std::array<std::uint8_t, kMaxPayload> bytes{};
  std::size_t size = 0;

  std::span<const std::uint8_t> view() const { return std::span(bytes).last(size); }
};

Payload base58_decoded(std::string_view text) {
  Payload payload;
  for (const char c : text) {
    const std::size_t value = kBase58.find(c);
    if (value == std::string_view::npos) return {};
    auto carry = static_cast<unsigned>(value);
    for (std::size_t i = 0; i < payload.size || carry != 0; ++i) {
      if (i == kMaxPayload) return {};
      std::uint8_t& byte = payload.bytes[kMaxPayload - 1 - i];
      carry += 58U * byte;
      byte = static_cast<std::uint8_t>(carry & 0xffU);
      carry >>= 8;
      payload.size = std::max(payload.size, i + 1);
    }
  }
  // Each leading 1 is a zero byte.
  const std::size_t ones = std::min(text.find_first_not_of('1'), text.size());
  if (payload.size + ones > kMaxPayload) return {};
  payload.size += ones;
  return payload;
}

bool is_base58check(std::string_view text) {
  if (text.size() < 25 || text.size() > kMaxBase58) return false;
  const Payload payload = base58_decoded(text);
  const bool is_known_size =
      payload.size == 25 || payload.size == 37 || payload.size == 38 || payload.size == kMaxPayload;
  if (!is_known_size) return false;
  const auto body = payload.view().first(payload.size - 4);
  const auto check = payload.view().last(4);
  const Digest digest = sha256(sha256(body));
  return std::equal(check.begin(), check.end(), digest.begin());
}

std::uint32_t bech32_step(std::uint32_t sum, std::uint32_t value) {
  constexpr std::uint32_t kGenerator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                          0x2a1462b3};
  const std::uint32_t top = sum >> 25;
  sum = (sum & 0x1ffffff) << 5 ^ value;
  for (std::uint32_t i = 0; i < 5; ++i) {
    if ((top >> i & 1) != 0) sum ^= kGenerator[i];
  }
  return sum;
}

bool has_witness_prefix(std::string_view prefix) {
  return ascii::equals(prefix, "bc") || ascii::equals(prefix, "tb") ||
         ascii::equals(prefix, "bcrt");
}

bool is_witness_address(std::string_view text) {
  constexpr std::uint32_t kBech32Sum = 1;
  constexpr std::uint32_t kBech32mSum = 0x2bc830a3;
  if (text.size() < 14 || text.size() > 90) return false;
  if (ascii::count_of(text, ascii::is_upper) != 0 && ascii::count_of(text, ascii::is_lower) != 0) {
    return false;
  }
  const std::size_t one = text.substr(0, 5).find('1');
  if (one == std::string_view::npos || !has_witness_prefix(text.substr(0, one))) return false;
  std::uint32_t sum = 1;
  const std::string_view prefix = text.substr(0, one);
  for (const char c : prefix) {
    sum = bech32_step(sum, static_cast<std::uint32_t>(ascii::to_lower(c)) >> 5);
  }
  sum = bech32_step(sum, 0);
  for (const char c : prefix) {
    sum = bech32_step(sum, static_cast<std::uint32_t>(ascii::to_lower(c)) & 31);
  }
  const std::string_view body = text.substr(one + 1);
  for (const char c : body) {
    const std::size_t value = kBech32.find(ascii::to_lower(c));
    if (value == std::string_view::npos) return false;
    sum = bech32_step(sum, static_cast<std::uint32_t>(value));
  }
  const std::size_t version = kBech32.find(ascii::to_lower(body.front()));
  return version <= 16 && sum == (version == 0 ? kBech32Sum : kBech32mSum);
}

// EIP-55: a letter is upper case where the digest of the lower case digits has a nibble from 8 on.
bool has_eip55_case(std::string_view hex) {
  std::array<std::uint8_t, 40> lower;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    lower[i] = static_cast<std::uint8_t>(ascii::to_lower(hex[i]));
  }
  const Digest digest = keccak256_short(lower);
  for (std::size_t i = 0; i < lower.size(); ++i) {
    const unsigned nibble = (digest[i / 2] >> (i % 2 == 0 ? 4 : 0)) & 15U;
    if (ascii::is_letter(hex[i]) && ascii::is_upper(hex[i]) != (nibble >= 8)) return false;
  }
  return true;
}

}  // namespace

bool is_btc(std::string_view text) noexcept {
  return is_base58check(text) || is_witness_address(text);
}

bool is_eth(std::string_view text) noexcept {
  if (text.size() != 42 || !ascii::starts_with(text, "0x")) return false;
  const std::string_view hex = text.substr(2);
  if (!ascii::all_of(hex, ascii::is_hex) || is_one_repeated(hex)) return false;
  const bool is_mixed =
      ascii::count_of(hex, ascii::is_upper) != 0 && ascii::count_of(hex, ascii::is_lower) != 0;
  return !is_mixed || has_eip55_case(hex);
}

}  // namespace logd
