// SPDX-License-Identifier: Apache-2.0
#include "mask/border.h"

#include <array>

#include "mask/ascii.h"

namespace logd {
namespace {

bool is_inside(char c, Boundary boundary) {
  return ascii::is_alnum(c) || (boundary == Boundary::token && c == '_');
}

bool are_hex(std::string_view text) { return ascii::all_of(text, ascii::is_hex); }

// The end of a colour sequence: ESC, also as \x1b, \u001b, \033 or \e, then [, digits and ';', m.
bool ends_with_colour(std::string_view before) {
  constexpr std::size_t kMaxDigits = 24;
  if (before.empty() || before.back() != 'm') return false;
  std::size_t at = before.size() - 1;
  for (std::size_t taken = 0; at > 0 && taken < kMaxDigits; ++taken, --at) {
    const char c = before[at - 1];
    if (!ascii::is_digit(c) && c != ';') break;
  }
  if (at == 0 || before[at - 1] != '[') return false;
  const std::string_view escape = before.substr(0, at - 1);
  if (escape.ends_with('\x1b')) return true;
  for (const std::string_view spelling : {"\\x1b", "\\u001b", "\\033", "\\e", "#033", "^["}) {
    if (ascii::ends_with(escape, spelling)) return true;
  }
  return false;
}

// \n and its like, \x22, \u0022, %22.
bool ends_with_escape(std::string_view before) {
  const std::size_t size = before.size();
  if (size >= 2 && before[size - 2] == '\\' && ascii::is_lower(before[size - 1])) return true;
  if (size >= 3 && before[size - 3] == '%') return are_hex(before.substr(size - 2));
  if (size >= 4 && before.substr(size - 4, 2) == "\\x") return are_hex(before.substr(size - 2));
  return size >= 6 && before.substr(size - 6, 2) == "\\u" && are_hex(before.substr(size - 4));
}

constexpr std::array<bool, 256> kRunBytes = [] {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0x21; byte < 256; ++byte) table[byte] = byte != 0x7f;
  for (const char c : std::string_view("\"'`<>()[]{},;"))
    table[static_cast<unsigned char>(c)] = false;
  return table;
}();

bool is_run_byte(char c) { return kRunBytes[static_cast<unsigned char>(c)]; }

}  // namespace

bool is_border_before(std::string_view line, std::size_t at, Boundary boundary) {
  if (boundary == Boundary::none || at == 0 || !is_inside(line[at - 1], boundary)) return true;
  const std::string_view before = line.substr(0, at);
  return ends_with_escape(before) || ends_with_colour(before);
}

bool is_border_behind(std::string_view line, std::size_t at, Boundary boundary) {
  if (boundary == Boundary::none || at >= line.size()) return true;
  if (is_inside(line[at], boundary)) return false;
  const bool is_dash = boundary == Boundary::token && line[at] == '-';
  return !is_dash || at + 1 >= line.size() || !is_inside(line[at + 1], boundary);
}

TokenRun token_run_at(std::string_view line, std::size_t at) {
  TokenRun run{at, token_run_end(line, at)};
  while (run.begin > 0 && is_run_byte(line[run.begin - 1])) --run.begin;
  return run;
}

// The backslashes in front of a quote are the quote's.
std::size_t token_run_end(std::string_view line, std::size_t from) {
  std::size_t end = from;
  while (end < line.size() && is_run_byte(line[end])) ++end;
  const bool is_at_quote = end < line.size() && (line[end] == '"' || line[end] == '\'');
  while (is_at_quote && end > from && line[end - 1] == '\\') --end;
  return end;
}

}  // namespace logd
