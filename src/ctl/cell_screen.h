// Holds what a terminal is to show, cell by cell, and writes only what has changed since.
//
// Where the picture goes is raw_terminal.h's business. Texts are UTF-8 without control characters
// (query/escape.h makes any text such). Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace logd {

enum class Ink : std::uint8_t { normal, bold, dim, red, yellow, green, cyan, reverse };

// Columns that a character takes: 0 (it combines with the one before), 1 or 2.
std::size_t character_columns(char32_t character);

class CellScreen {
 public:
  // `is_coloured`: red, yellow, green and cyan are shown; the rest always is.
  explicit CellScreen(bool is_coloured = true) : is_coloured_(is_coloured) {}

  // A blank picture of this size. What the terminal shows is unknown if the size is another.
  void begin(std::size_t rows, std::size_t columns);

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }

  // Puts `text` at a place, cut off at `most` columns and at the right border; returns the column
  // behind it. Rows that do not exist take nothing.
  std::size_t put(std::size_t row, std::size_t column, std::string_view text, Ink ink = Ink::normal,
                  std::size_t most = ~std::size_t{0});

  // The whole row in one ink, with what it holds.
  void paint(std::size_t row, Ink ink);

  // What turns the picture that the terminal has into this one; the cursor stands anywhere then.
  std::string changes();

  // The terminal has lost its picture.
  void forget() { is_known_ = false; }

  // The text of a row, without blanks at its end: for tests.
  std::string text(std::size_t row) const;

 private:
  struct Cell {
    std::string character = " ";  // with what combines; empty: the right half of a wide one
    Ink ink = Ink::normal;
    bool operator==(const Cell&) const = default;
  };

  Cell& at(std::size_t row, std::size_t column) { return next_[row * columns_ + column]; }
  void clear_half(std::size_t row, std::size_t column);
  void append_ink(std::string& to, Ink ink) const;

  bool is_coloured_;
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  bool is_known_ = false;
  std::vector<Cell> shown_;
  std::vector<Cell> next_;
};

}  // namespace logd
