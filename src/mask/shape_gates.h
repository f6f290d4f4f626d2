// Finds the places where data without literals may begin: card numbers, IBANs, e-mail addresses,
// dashed social security numbers.
//
// A gate looks at classes of bytes only, 64 at a time, each class as one bit mask, so that a gate
// is a few shifts and ANDs. It lets through more than it should; what follows decides. The masks
// are made with AVX2 where the processor has it, else byte by byte, with the same result. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace logd {

enum class Shape : std::uint8_t {
  digit_run,     // the first of at least 13 digits
  digit_groups,  // the first of four digits, a space or dash, four digits
  at_sign,       // '@'
  iban,          // two capitals, two digits, with no letter or digit before
  ssn,           // ddd-dd-dddd, with no digit before
};

using ShapeSet = std::uint8_t;  // bits of 1 << Shape

constexpr ShapeSet shape_bit(Shape shape) {
  return static_cast<ShapeSet>(1U << static_cast<unsigned>(shape));
}

struct ShapeHit {
  std::uint32_t at = 0;
  Shape shape = Shape::digit_run;
  friend bool operator==(const ShapeHit&, const ShapeHit&) = default;
};

// Appends the places in `text` (at most 4 GiB) where one of `shapes` may begin, in the order of
// position.
void find_shapes(std::string_view text, ShapeSet shapes, std::vector<ShapeHit>& hits);

// The same, byte by byte: what find_shapes() must agree with.
void find_shapes_simple(std::string_view text, ShapeSet shapes, std::vector<ShapeHit>& hits);

}  // namespace logd
