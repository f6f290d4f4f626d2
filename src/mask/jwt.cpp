// SPDX-License-Identifier: Apache-2.0
#include "mask/jwt.h"

#include <optional>

#include "mask/ascii.h"
#include "mask/base64.h"

namespace logd {
namespace {

constexpr std::size_t kMaxHeader = 8192;
constexpr std::size_t kMaxDots = 4;

constexpr bool is_json_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Reads a JSON text byte by byte, as far as it takes to see its strings and what follows them.
class HeaderReader {
 public:
  // False where no JSON object can go on with `c`.
  bool take(char c) {
    if (in_string_) {
      take_in_string(c);
      return static_cast<unsigned char>(c) >= 0x20;
    }
    if (is_json_space(c)) return true;
    if (!is_open_) {
      is_open_ = c == '{';
      return is_open_;
    }
    if (c == ':' && is_name_) has_member_ = true;
    is_name_ = false;
    in_string_ = c == '"';
    if (in_string_) size_ = 0;
    return true;
  }

  bool has_member() const { return has_member_; }

 private:
  void take_in_string(char c) {
    if (c == '"' && !is_escaped_) {
      in_string_ = false;
      const std::string_view text(string_, size_ <= sizeof string_ ? size_ : 0);
      is_name_ = text == "alg" || text == "typ";
      return;
    }
    is_escaped_ = c == '\\' && !is_escaped_;
    if (size_ < sizeof string_) string_[size_] = c;
    ++size_;
  }

  bool is_open_ = false;
  bool in_string_ = false;
  bool is_escaped_ = false;
  bool is_name_ = false;
  bool has_member_ = false;
  std::size_t size_ = 0;  // of the string, which may be longer than what is kept of it
  char string_[3] = {};
};

bool is_part_character(char c) { return base64_value(c) >= 0 || c == '=' || c == '.'; }

}  // namespace

bool is_jwt(std::string_view text) noexcept {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || !ascii::all_of(text, is_part_character)) return false;
  if (ascii::count_of(text, [](char c) { return c == '.'; }) > kMaxDots) return false;
  Base64Bytes bytes(text.substr(0, dot < kMaxHeader ? dot : kMaxHeader));
  HeaderReader header;
  while (const std::optional<char> byte = bytes.next()) {
    if (!header.take(*byte)) return false;
    if (header.has_member()) return true;
  }
  return false;
}

}  // namespace logd
