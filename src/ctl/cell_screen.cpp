// SPDX-License-Identifier: Apache-2.0
#include "ctl/cell_screen.h"

#include <fmt/format.h>
#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <iterator>

namespace logd {
namespace {

// The character at the front of `text`, which is not empty, and its bytes; a byte that begins none
// is one of its own.
char32_t first_character(std::string_view text, std::size_t& bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (bytes == 1 || lead < 0xc0 || text.size() < bytes) {
    bytes = 1;
    return lead;
  }
  char32_t character = lead & (0xffu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) character = character << 6 | (byte(i) & 0x3fu);
  return character;
}

// glibc knows the widths of Unicode, in a locale that every Debian has.
::locale_t unicode_locale() {
  static const ::locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

}  // namespace

std::size_t character_columns(char32_t character) {
  if (character < 0x80) return 1;
  const ::locale_t unicode = unicode_locale();
  if (unicode == nullptr) return 1;
  const ::locale_t before = ::uselocale(unicode);
  const int columns = ::wcwidth(static_cast<wchar_t>(character));
  ::uselocale(before);
  return columns < 0 ? 1 : static_cast<std::size_t>(columns);
}

void CellScreen::begin(std::size_t rows, std::size_t columns) {
  is_known_ = is_known_ && rows == rows_ && columns == columns_;
  rows_ = rows;
  columns_ = columns;
  next_.assign(rows * columns, Cell());
}

std::size_t CellScreen::put(std::size_t row, std::size_t column, std::string_view text, Ink ink,
                            std::size_t most) {
  if (row >= rows_) return column;
  const std::size_t begin = column;
  const std::size_t end = most < columns_ - std::min(column, columns_) ? column + most : columns_;
  while (!text.empty()) {
    std::size_t bytes = 0;
    const std::size_t width = character_columns(first_character(text, bytes));
    if (column + width > end) break;
    if (width > 0) {
      clear_half(row, column);
      if (width == 2) clear_half(row, column + 1);
      at(row, column) = {std::string(text.substr(0, bytes)), ink};
      if (width == 2) at(row, column + 1) = {"", ink};
      column += width;
    } else if (column > begin) {
      const std::size_t before = at(row, column - 1).character.empty() ? column - 2 : column - 1;
      at(row, before).character += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return column;
}

// What is written over one half of a wide character takes the other half away.
void CellScreen::clear_half(std::size_t row, std::size_t column) {
  if (at(row, column).character.empty()) at(row, column - 1).character = " ";
  if (column + 1 < columns_ && at(row, column + 1).character.empty())
    at(row, column + 1).character = " ";
}

void CellScreen::paint(std::size_t row, Ink ink) {
  if (row >= rows_) return;
  for (std::size_t column = 0; column < columns_; ++column) at(row, column).ink = ink;
}

std::string CellScreen::changes() {
  std::string output;
  if (!is_known_) {
    shown_.assign(next_.size(), Cell());
    output = "\x1b[0m\x1b[2J";
  }
  Ink ink = Ink::normal;
  std::size_t cursor = next_.size();  // where it stands, if that is known
  for (std::size_t i = 0; i < next_.size(); ++i) {
    // A half is written with its other half.
    if (next_[i] == shown_[i] || next_[i].character.empty()) continue;
    if (cursor != i || i % columns_ == 0)
      output += fmt::format("\x1b[{};{}H", i / columns_ + 1, i % columns_ + 1);
    if (next_[i].ink != ink) append_ink(output, ink = next_[i].ink);
    output += next_[i].character;
    const bool is_wide = i % columns_ + 1 < columns_ && next_[i + 1].character.empty();
    cursor = i + (is_wide ? 2 : 1);
  }
  if (ink != Ink::normal) append_ink(output, Ink::normal);
  shown_ = next_;
  is_known_ = true;
  return output;
}

void CellScreen::append_ink(std::string& to, Ink ink) const {
  // In the order of Ink: ECMA-48, "select graphic rendition".
  constexpr const char* kCodes[] = {"", ";1", ";2", ";31", ";33", ";32", ";36", ";7"};
  const bool is_colour =
      ink == Ink::red || ink == Ink::yellow || ink == Ink::green || ink == Ink::cyan;
  const char* const code = is_colour && !is_coloured_ ? "" : kCodes[static_cast<std::size_t>(ink)];
  to += fmt::format("\x1b[0{}m", code);
}

std::string CellScreen::text(std::size_t row) const {
  std::string text;
  for (std::size_t column = 0; row < rows_ && column < columns_; ++column)
    text += next_[row * columns_ + column].character;
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace logd
