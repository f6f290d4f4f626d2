// SPDX-License-Identifier: Apache-2.0
#include "mask/shape_gates.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/byte_scan.h"
#include "mask/ascii.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace logd {
namespace {

constexpr std::size_t kBlockBytes = 64;

// Of a block, the byte before the places where a shape may begin, and the bytes that a shape needs
// behind its first one: so many places are looked at at once, and no shape is cut by a border.
constexpr std::size_t kBytesBefore = 1;
constexpr std::size_t kBytesBehind = 12;
constexpr std::size_t kPlaces = kBlockBytes - kBytesBefore - kBytesBehind;
constexpr std::uint64_t kPlaceBits = ((std::uint64_t{1} << kPlaces) - 1) << kBytesBefore;

// A bit for each byte of a block.
struct BlockMasks {
  std::uint64_t digits = 0;
  std::uint64_t capitals = 0;
  std::uint64_t at_signs = 0;
  std::uint64_t spaces = 0;
  std::uint64_t dashes = 0;
};

BlockMasks masks_of(const char* block) {
  BlockMasks masks;
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    const char c = block[i];
    if (ascii::is_digit(c)) masks.digits |= bit;
    if (ascii::is_upper(c)) masks.capitals |= bit;
    if (c == '@') masks.at_signs |= bit;
    if (c == ' ') masks.spaces |= bit;
    if (c == '-') masks.dashes |= bit;
  }
  return masks;
}

class Gates {
 public:
  Gates(std::string_view text, ShapeSet shapes, std::vector<ShapeHit>& hits)
      : text_(text), hits_(hits) {
    for (std::size_t shape = 0; shape < kShapes; ++shape)
      wanted_[shape] = (shapes >> shape & 1) != 0 ? kPlaceBits : 0;
  }

  // `first`: position in the text of the block's first place.
  [[gnu::always_inline]] inline void look(const BlockMasks& masks, std::size_t first) {
    const std::uint64_t ones = masks.digits;
    const std::uint64_t twos = ones & ones >> 1;
    const std::uint64_t fours = twos & twos >> 2;
    const std::uint64_t begin = ~(ones << 1);
    const Places places = {
        fours & fours >> 4 & fours >> 8 & ones >> 12 & begin & wanted(Shape::digit_run),
        fours & (masks.spaces | masks.dashes) >> 4 & fours >> 5 & begin &
            wanted(Shape::digit_groups),
        masks.at_signs & wanted(Shape::at_sign),
        masks.capitals & masks.capitals >> 1 & twos >> 2 & wanted(Shape::iban),
        twos & ones >> 2 & masks.dashes >> 3 & twos >> 4 & masks.dashes >> 6 & fours >> 7 & begin &
            wanted(Shape::ssn)};
    const std::uint64_t any = places[0] | places[1] | places[2] | places[3] | places[4];
    if (any != 0) [[unlikely]]
      tell(places, any, first);
  }

 private:
  static constexpr std::size_t kShapes = 5;
  using Places = std::array<std::uint64_t, kShapes>;

  std::uint64_t wanted(Shape shape) const { return wanted_[static_cast<std::size_t>(shape)]; }

  [[gnu::noinline]] void tell(const Places& places, std::uint64_t any, std::size_t first) {
    for (; any != 0; any &= any - 1) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(any));
      for (std::size_t shape = 0; shape < kShapes; ++shape) {
        if ((places[shape] >> bit & 1) != 0)
          tell(static_cast<std::uint32_t>(first + bit - kBytesBefore), static_cast<Shape>(shape));
      }
    }
  }

  // The byte before an IBAN is rarely asked for: a mask of all letters would cost each block more.
  void tell(std::uint32_t at, Shape shape) {
    if (shape == Shape::iban && at > 0 && ascii::is_alnum(text_[at - 1])) return;
    hits_.push_back({at, shape});
  }

  std::string_view text_;
  std::vector<ShapeHit>& hits_;
  Places wanted_{};
};

// Goes through the blocks of `text`, with zeroes around it; `masks` makes the masks of a block.
template <typename MasksOf>
[[gnu::always_inline]] inline void go_through(std::string_view text, ShapeSet shapes,
                                              std::vector<ShapeHit>& hits, MasksOf masks) {
  Gates gates(text, shapes, hits);
  for (std::size_t first = 0; first < text.size(); first += kPlaces) {
    if (first > 0 && first - kBytesBefore + kBlockBytes <= text.size()) [[likely]] {
      gates.look(masks(text.data() + first - kBytesBefore), first);
      continue;
    }
    std::array<char, kBlockBytes> block{};
    const std::size_t before = std::min(first, kBytesBefore);
    const std::string_view part = text.substr(first - before, kBlockBytes - kBytesBefore + before);
    std::memcpy(block.data() + kBytesBefore - before, part.data(), part.size());
    gates.look(masks(block.data()), first);
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

[[gnu::target("avx2"), gnu::always_inline]] inline std::uint64_t equal_to(const __m256i& low,
                                                                          const __m256i& high,
                                                                          char byte) {
  const __m256i wanted = _mm256_set1_epi8(byte);
  const auto bits = [&](const __m256i& bytes) __attribute__((target("avx2"), always_inline)) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, wanted)));
  };
  return std::uint64_t{bits(high)} << 32 | bits(low);
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
        masks.at_signs = equal_to(low, high, '@');
        masks.dashes = equal_to(low, high, '-');
        masks.spaces = equal_to(low, high, ' ');
        return masks;
      });
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
