// Goes through bytes, 32 at a time: what searches for rare bytes share.
//
// Without intrinsics: the compiler makes of a block what the processor has. A caller compiles its
// search twice, once with [[gnu::target("avx2")]], and asks has_avx2() which one to call. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace logd {

inline bool has_avx2() {
#if defined(__x86_64__)
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
#else
  return false;
#endif
}

using ByteBlock = std::uint8_t __attribute__((vector_size(32)));
inline constexpr std::size_t kByteBlock = sizeof(ByteBlock);

// Blocks that are looked at before it is asked whether anything fitted.
inline constexpr std::size_t kScanStride = 4 * kByteBlock;

// `fits(place, block)` sets the bytes of `block` that fit, of the 32 at `place`, to 255 and the
// others to 0. True for the first one in [at, end) that `is_it(place)` confirms; `at` is its place
// then, else where fewer than kScanStride are left.
template <typename Fits, typename IsIt>
[[gnu::always_inline]] inline bool scan_bytes(std::size_t& at, std::size_t end, Fits fits,
                                              IsIt is_it) {
  std::size_t place = at;  // no reference, so that it stays in a register
  for (; place + kScanStride <= end; place += kScanStride) {
    std::array<ByteBlock, 4> blocks;
    for (std::size_t i = 0; i < blocks.size(); ++i) fits(place + i * kByteBlock, blocks[i]);
    const ByteBlock any = (blocks[0] | blocks[1]) | (blocks[2] | blocks[3]);
    std::array<std::uint64_t, 4> quarters;
    std::memcpy(quarters.data(), &any, kByteBlock);
    if (((quarters[0] | quarters[1]) | (quarters[2] | quarters[3])) == 0) [[likely]]
      continue;
    std::array<std::uint64_t, kScanStride / 8> words;
    std::memcpy(words.data(), blocks.data(), kScanStride);
    for (std::size_t i = 0; i < words.size(); ++i) {
      for (std::uint64_t word = words[i]; word != 0;) {
        const int bit = std::countr_zero(word) & ~7;
        const std::size_t found = place + i * 8 + static_cast<std::size_t>(bit) / 8;
        if (is_it(found)) {
          at = found;
          return true;
        }
        word &= ~(std::uint64_t{0xff} << bit);
      }
    }
  }
  at = place;
  return false;
}

// The 32 bytes at `from`.
[[gnu::always_inline]] inline void load_bytes(ByteBlock& block, const char* from) {
  std::memcpy(&block, from, kByteBlock);
}

}  // namespace logd
