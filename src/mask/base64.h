// Decodes base64 and base64url byte by byte, without a buffer. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace logd {

// The 6 bits that a character of base64 or base64url stands for, -1 for any other.
constexpr int base64_value(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

// Gives the bytes of `text` in turn; ends at the first character that is none of base64.
class Base64Bytes {
 public:
  explicit constexpr Base64Bytes(std::string_view text) noexcept : text_(text) {}

  constexpr std::optional<char> next() noexcept {
    while (bits_ < 8) {
      if (at_ == text_.size()) return std::nullopt;
      const int value = base64_value(text_[at_]);
      if (value < 0) return std::nullopt;
      ++at_;
      pending_ = ((pending_ << 6) | static_cast<std::uint32_t>(value)) & 0xffffU;
      bits_ += 6;
    }
    bits_ -= 8;
    return static_cast<char>((pending_ >> bits_) & 0xffU);
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t pending_ = 0;
  unsigned bits_ = 0;
};

}  // namespace logd
