// SPDX-License-Identifier: Apache-2.0
#include "numbered_line.h"

#include <zlib.h>

#include <array>
#include <charconv>
#include <cstring>

namespace load {
namespace {

constexpr std::size_t kNumberDigits = 10;
constexpr std::size_t kCrcDigits = 8;
constexpr std::size_t kFillerTextBytes = 4096;

// Words with spaces between them, long enough to take any filler from any offset.
constexpr auto kFillerText = [] {
  std::array<char, kFillerTextBytes + kMaxLineBytes> text{};
  constexpr std::string_view letters = "etaoinshrdlucmfwypvbgkqjxz-0123456789_ =/.";
  std::uint32_t state = 12345;
  for (char& byte : text) {
    state = state * 1664525 + 1013904223;
    byte = letters[(state >> 16) % letters.size()];
  }
  return text;
}();

std::uint32_t crc_of(std::string_view head, std::string_view filler) {
  const auto* first = reinterpret_cast<const Bytef*>(head.data());
  const auto* second = reinterpret_cast<const Bytef*>(filler.data());
  const uLong crc = crc32(0, first, static_cast<uInt>(head.size()));
  return static_cast<std::uint32_t>(crc32(crc, second, static_cast<uInt>(filler.size())));
}

char* put_number(char* to, std::uint64_t number) {
  for (std::size_t i = kNumberDigits; i > 0; --i, number /= 10)
    to[i - 1] = static_cast<char>('0' + number % 10);
  return to + kNumberDigits;
}

char* put_crc(char* to, std::uint32_t crc) {
  for (std::size_t i = kCrcDigits; i > 0; --i, crc >>= 4) to[i - 1] = "0123456789abcdef"[crc & 15];
  return to + kCrcDigits;
}

template <typename Number>
bool take_number(std::string_view digits, int base, Number& number) {
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  return error == std::errc() && end == digits.data() + digits.size();
}

}  // namespace

std::uint64_t mix(std::uint64_t state) {
  std::uint64_t z = (state + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

std::size_t build_line(char* to, char stream, std::string_view label, std::uint64_t number) {
  const std::uint64_t random = mix(number * 2 + (stream == 'e'));
  const std::size_t bytes = kMinLineBytes + random % (kMaxLineBytes - kMinLineBytes + 1);
  char* at = to;
  *at++ = stream;
  *at++ = ' ';
  at = static_cast<char*>(std::memcpy(at, label.data(), label.size())) + label.size();
  *at++ = ' ';
  at = put_number(at, number);
  *at++ = ' ';
  const std::string_view head(to, static_cast<std::size_t>(at - to));
  const std::size_t filler_bytes = bytes - head.size() - kCrcDigits - 2;
  const std::string_view filler(kFillerText.data() + (random >> 32) % kFillerTextBytes,
                                filler_bytes);
  at = put_crc(at, crc_of(head, filler));
  *at++ = ' ';
  at = static_cast<char*>(std::memcpy(at, filler.data(), filler.size())) + filler.size();
  *at++ = '\n';
  return static_cast<std::size_t>(at - to);
}

std::optional<NumberedLine> parse_line(std::string_view bytes) {
  if (bytes.size() + 1 < kMinLineBytes || bytes.size() + 1 > kMaxLineBytes) return std::nullopt;
  if ((bytes[0] != 'o' && bytes[0] != 'e') || bytes[1] != ' ') return std::nullopt;
  const std::size_t label_end = bytes.find(' ', 2);
  if (label_end == std::string_view::npos || label_end > 2 + kMaxLabelBytes) return std::nullopt;
  const std::size_t head_bytes = label_end + 1 + kNumberDigits + 1;
  const std::size_t filler_at = head_bytes + kCrcDigits + 1;
  NumberedLine line{bytes[0], bytes.substr(2, label_end - 2), 0};
  std::uint32_t crc = 0;
  if (!take_number(bytes.substr(label_end + 1, kNumberDigits), 10, line.number)) return {};
  if (!take_number(bytes.substr(head_bytes, kCrcDigits), 16, crc)) return std::nullopt;
  if (crc != crc_of(bytes.substr(0, head_bytes), bytes.substr(filler_at))) return std::nullopt;
  return line;
}

}  // namespace load
