// SPDX-License-Identifier: Apache-2.0
#include "mask/secret_checks.h"

#include <optional>

#include "mask/ascii.h"
#include "mask/base64.h"
#include "mask/placeholder.h"
#include "mask/text_checks.h"
#include "mask/words.h"

namespace logd {
namespace {

constexpr std::size_t kMaxUser = 256;

bool is_name_part(std::string_view text) {
  return !text.empty() && ascii::all_of(text, [](char c) {
    return ascii::is_lower(c) || ascii::is_digit(c) || c == '-' || c == '.' || c == '_';
  });
}

}  // namespace

bool is_basic_credentials(std::string_view text) noexcept {
  if (base64_size(text) == 0) return false;
  Base64Bytes bytes(text);
  for (std::size_t size = 0; size < kMaxUser; ++size) {
    const std::optional<char> byte = bytes.next();
    if (!byte || static_cast<unsigned char>(*byte) < ' ' || *byte == '\x7f') return false;
    if (*byte == ':') return true;
  }
  return false;
}

bool is_password(std::string_view text) noexcept {
  constexpr std::size_t kMinDigits = 4;
  constexpr std::size_t kMaxDigits = 9;
  const bool is_row = text.size() >= kMinDigits && text.size() <= kMaxDigits &&
                      ascii::all_of(text, ascii::is_digit);
  return is_row || !is_placeholder(text);
}

bool is_object_name(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  return is_name_part(text.substr(0, slash)) && is_name_part(text.substr(slash + 1)) &&
         is_word(text);
}

bool is_count(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 3 && ascii::all_of(text, ascii::is_digit);
}

}  // namespace logd
