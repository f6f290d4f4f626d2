// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "mask/ascii.h"
#include "mask/shape_gates.h"
#include "mask_world.h"

namespace logd {
namespace {

using mask_testing::Dice;

constexpr ShapeSet kAllShapes = 31;

// Whether the bytes at `at` have the form of `pattern`: 9 a digit, A a capital, _ a space or dash,
// all else itself.
bool has_form(std::string_view text, std::size_t at, std::string_view pattern) {
  if (text.size() - at < pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = text[at + i];
    const bool fits = pattern[i] == '9'   ? ascii::is_digit(c)
                      : pattern[i] == 'A' ? ascii::is_upper(c)
                      : pattern[i] == '_' ? c == ' ' || c == '-'
                                          : c == pattern[i];
    if (!fits) return false;
  }
  return true;
}

// As the header defines the shapes.
std::vector<ShapeHit> naive(std::string_view text, ShapeSet shapes) {
  std::vector<ShapeHit> hits;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_first_digit = at == 0 || !ascii::is_digit(text[at - 1]);
    const bool is_first_alnum = at == 0 || !ascii::is_alnum(text[at - 1]);
    const auto tell = [&](Shape shape, bool is_there) {
      if (is_there && (shapes & shape_bit(shape)) != 0)
        hits.push_back({static_cast<std::uint32_t>(at), shape});
    };
    tell(Shape::digit_run, is_first_digit && has_form(text, at, "9999999999999"));
    tell(Shape::digit_groups, is_first_digit && has_form(text, at, "9999_9999"));
    tell(Shape::at_sign, text[at] == '@');
    tell(Shape::iban, is_first_alnum && has_form(text, at, "AA99"));
    tell(Shape::ssn, is_first_digit && has_form(text, at, "999-99-9999"));
  }
  return hits;
}

void check(std::string_view text, ShapeSet shapes = kAllShapes) {
  std::vector<ShapeHit> fast;
  std::vector<ShapeHit> simple;
  find_shapes(text, shapes, fast);
  find_shapes_simple(text, shapes, simple);
  REQUIRE(fast == simple);
  REQUIRE(simple == naive(text, shapes));
}

// Bytes of which shapes come to be, shapes themselves, or anything.
std::string random_text(Dice& dice, std::size_t size) {
  constexpr std::string_view kShapes[] = {
      "4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111", "123-45-6789",
      "DE89370400440532",    "me@here.example",     "0123456789012",    "GB29 NWBK"};
  std::string text;
  while (text.size() < size) {
    switch (dice.below(4)) {
      case 0:
        text += kShapes[dice.below(std::size(kShapes))];
        break;
      case 1:
        text += dice.byte();
        break;
      case 2:
        text += dice.text(dice.below(20), "0123456789");
        break;
      default:
        text += dice.pick("0123456789AZaz -@.");
        break;
    }
  }
  text.resize(size);
  return text;
}

void check_random(std::uint64_t seed, std::size_t rounds) {
  Dice dice(seed);
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::string text = random_text(dice, 400);
    const std::size_t offset = dice.below(64);
    const std::size_t size = dice.below(text.size() - offset + 1);
    INFO("seed " << seed << ", round " << round);
    check(std::string_view(text).substr(offset, size));
    check(std::string_view(text).substr(offset, size), static_cast<ShapeSet>(dice.below(32)));
  }
}

}  // namespace

TEST_CASE("Shapes: gates with and without AVX2 and a naive search tell the same", "[mask]") {
  check_random(1, 2000);
}

TEST_CASE("Shapes: the same, at length", "[mask][.][full]") { check_random(2, 200'000); }

TEST_CASE("Shapes: every alignment and every length around whole blocks", "[mask]") {
  Dice dice(3);
  for (std::size_t offset = 0; offset < 64; ++offset) {
    for (const std::size_t size : {0, 1, 31, 32, 33, 63, 64, 65, 127, 128, 129, 192}) {
      const std::string text = random_text(dice, offset + size);
      check(std::string_view(text).substr(offset));
    }
  }
}

TEST_CASE("Shapes: each shape at every place of three blocks", "[mask]") {
  for (const std::string_view shape :
       {"4111 1111", "1234567890123", "12345678901234567890", "123-45-6789", "DE89", "@"}) {
    for (const char around : {'.', 'a', '7', '-'}) {
      for (std::size_t at = 0; at + shape.size() <= 192; ++at) {
        std::string text(192, around);
        text.replace(at, shape.size(), shape);
        check(text);
        check(std::string_view(text).substr(0, at + shape.size()));
      }
    }
  }
}

TEST_CASE("Shapes: two texts that follow one another do not touch", "[mask]") {
  std::vector<ShapeHit> hits;
  find_shapes("12345678", kAllShapes, hits);
  find_shapes("90123456", kAllShapes, hits);
  CHECK(hits.empty());
}

}  // namespace logd
