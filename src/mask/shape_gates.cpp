// SPDX-License-Identifier: Apache-2.0
#include "mask/shape_gates.h"

#include <array>
#include <bit>
#include <cstring>

#include "mask/ascii.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace logd {
namespace {

constexpr std::size_t kBlockBytes = 64;

// A bit for each byte of a block.
struct BlockMasks {
  std::uint64_t digits = 0;
  std::uint64_t capitals = 0;
  std::uint64_t small_letters = 0;
  std::uint64_t at_signs = 0;
  std::uint64_t separators = 0;  // space, dash
  std::uint64_t dashes = 0;
};

BlockMasks masks_of(const char* block) {
  BlockMasks masks;
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    const char c = block[i];
    if (ascii::is_digit(c)) masks.digits |= bit;
    if (ascii::is_upper(c)) masks.capitals |= bit;
    if (ascii::is_lower(c)) masks.small_letters |= bit;
    if (c == '@') masks.at_signs |= bit;
    if (c == ' ' || c == '-') masks.separators |= bit;
    if (c == '-') masks.dashes |= bit;
  }
  return masks;
}

// Two neighbouring blocks as one number, so that a shape may begin in the first and end in the
// second.
__extension__ using Wide = unsigned __int128;

Wide wide(std::uint64_t here, std::uint64_t next) { return Wide{next} << 64 | here; }

struct Digits {
  Wide ones;
  Wide fours;  // the first of four
};

Digits digits_of(const BlockMasks& here, const BlockMasks& next) {
  const Wide ones = wide(here.digits, next.digits);
  const Wide twos = ones & ones >> 1;
  return {ones, twos & twos >> 2};
}

std::uint64_t digit_runs(const Digits& digits) {
  return static_cast<std::uint64_t>(digits.fours & digits.fours >> 4 & digits.fours >> 8 &
                                    digits.ones >> 12);
}

std::uint64_t digit_groups(const Digits& digits, Wide separators) {
  return static_cast<std::uint64_t>(digits.fours & separators >> 4 & digits.fours >> 5);
}

std::uint64_t ssns(const Digits& digits, Wide dashes) {
  const Wide twos = digits.ones & digits.ones >> 1;
  return static_cast<std::uint64_t>(twos & digits.ones >> 2 & dashes >> 3 & twos >> 4 &
                                    dashes >> 6 & digits.fours >> 7);
}

std::uint64_t ibans(const BlockMasks& here, const BlockMasks& next) {
  const Wide capitals = wide(here.capitals, next.capitals);
  const Wide digits = wide(here.digits, next.digits);
  return static_cast<std::uint64_t>(capitals & capitals >> 1 & digits >> 2 & digits >> 3);
}

class Gates {
 public:
  Gates(ShapeSet shapes, std::vector<ShapeHit>& hits) : shapes_(shapes), hits_(hits) {}

  // `at`: position of the block's first byte.
  [[gnu::always_inline]] inline void look(const BlockMasks& here, const BlockMasks& next,
                                          std::uint32_t at) {
    std::array<std::uint64_t, 5> begins{};
    std::uint64_t any = 0;
    const auto found = [&](Shape shape, std::uint64_t bits) {
      if ((shapes_ & shape_bit(shape)) == 0) return;
      begins[static_cast<std::size_t>(shape)] = bits;
      any |= bits;
    };
    found(Shape::at_sign, here.at_signs);
    if (here.digits != 0) {
      const Digits digits = digits_of(here, next);
      // What stands directly before the block's first byte belongs to the one before.
      const std::uint64_t begin = ~(here.digits << 1 | last_was_digit_);
      found(Shape::digit_run, digit_runs(digits) & begin);
      found(Shape::digit_groups,
            digit_groups(digits, wide(here.separators, next.separators)) & begin);
      found(Shape::ssn, ssns(digits, wide(here.dashes, next.dashes)) & begin);
    }
    const std::uint64_t alnum = here.digits | here.capitals | here.small_letters;
    if (here.capitals != 0) found(Shape::iban, ibans(here, next) & ~(alnum << 1 | last_was_alnum_));
    last_was_digit_ = here.digits >> 63;
    last_was_alnum_ = alnum >> 63;
    if (any != 0) [[unlikely]]
      tell(begins, any, at);
  }

 private:
  [[gnu::noinline]] void tell(const std::array<std::uint64_t, 5>& begins, std::uint64_t any,
                              std::uint32_t at) {
    for (; any != 0; any &= any - 1) {
      const int bit = std::countr_zero(any);
      for (std::size_t shape = 0; shape < begins.size(); ++shape) {
        if ((begins[shape] >> bit & 1) != 0)
          hits_.push_back({at + static_cast<std::uint32_t>(bit), static_cast<Shape>(shape)});
      }
    }
  }

  ShapeSet shapes_;
  std::vector<ShapeHit>& hits_;
  std::uint64_t last_was_digit_ = 0;
  std::uint64_t last_was_alnum_ = 0;
};

// Goes through the blocks of `text`, the last one filled up with zeroes; `masks` makes the masks of
// 64 bytes.
template <typename MasksOf>
[[gnu::always_inline]] inline void go_through(std::string_view text, ShapeSet shapes,
                                              std::vector<ShapeHit>& hits, MasksOf masks) {
  std::array<char, kBlockBytes> tail{};
  const std::size_t whole = text.size() / kBlockBytes;
  const std::size_t rest = text.size() % kBlockBytes;
  if (rest != 0) std::memcpy(tail.data(), text.data() + whole * kBlockBytes, rest);
  Gates gates(shapes, hits);
  BlockMasks here = whole > 0 ? masks(text.data()) : masks(tail.data());
  const std::size_t blocks = whole + (rest != 0 ? 1 : 0);
  for (std::size_t block = 0; block < blocks; ++block) {
    BlockMasks next;
    if (block + 1 < whole) {
      next = masks(text.data() + (block + 1) * kBlockBytes);
    } else if (block + 1 == whole && rest != 0) {
      next = masks(tail.data());
    }
    gates.look(here, next, static_cast<std::uint32_t>(block * kBlockBytes));
    here = next;
  }
}

#if defined(__x86_64__)

// Bytes in [first, first + count) of 32.
[[gnu::target("avx2"), gnu::always_inline]] inline std::uint32_t in_range(const __m256i& bytes,
                                                                          char first, char count) {
  const __m256i offset = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first));
  const __m256i last = _mm256_set1_epi8(static_cast<char>(count - 1));
  return static_cast<std::uint32_t>(
      _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(offset, last), offset)));
}

[[gnu::target("avx2"), gnu::always_inline]] inline std::uint64_t in_range(const __m256i& low,
                                                                          const __m256i& high,
                                                                          char first, char count) {
  return std::uint64_t{in_range(high, first, count)} << 32 | in_range(low, first, count);
}

[[gnu::target("avx2")]] void find_shapes_avx2(std::string_view text, ShapeSet shapes,
                                              std::vector<ShapeHit>& hits) {
  go_through(
      text, shapes, hits, [](const char* block) __attribute__((target("avx2"))) {
        const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block));
        const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + 32));
        BlockMasks masks;
        masks.digits = in_range(low, high, '0', 10);
        masks.capitals = in_range(low, high, 'A', 26);
        masks.small_letters = in_range(low, high, 'a', 26);
        masks.at_signs = in_range(low, high, '@', 1);
        masks.dashes = in_range(low, high, '-', 1);
        masks.separators = masks.dashes | in_range(low, high, ' ', 1);
        return masks;
      });
}

bool has_avx2() {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
}

#endif

}  // namespace

void find_shapes_simple(std::string_view text, ShapeSet shapes, std::vector<ShapeHit>& hits) {
  go_through(text, shapes, hits, masks_of);
}

void find_shapes(std::string_view text, ShapeSet shapes, std::vector<ShapeHit>& hits) {
#if defined(__x86_64__)
  if (has_avx2()) return find_shapes_avx2(text, shapes, hits);
#endif
  find_shapes_simple(text, shapes, hits);
}

}  // namespace logd
