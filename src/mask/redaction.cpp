// SPDX-License-Identifier: Apache-2.0
#include "mask/redaction.h"

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "mask/ascii.h"
#include "mask/digest.h"

namespace logd {
namespace {

constexpr std::string_view kEllipsis = "\xe2\x80\xa6";

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::size_t skip_blanks_back(std::string_view line, std::size_t at) {
  while (at > 0 && is_blank(line[at - 1])) --at;
  return at;
}

bool is_number_byte(char c) {
  return ascii::is_digit(c) || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

// Bytes that a JSON value without quotes consists of: a number. A sign stands at its beginning, or
// behind the e.
bool is_json_number(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_sign = text[i] == '-' || text[i] == '+';
    if (is_sign && i > 0 && ascii::to_lower(text[i - 1]) != 'e') return false;
    if (!is_number_byte(text[i])) return false;
  }
  return true;
}

// Where the number begins that ends before `at`; `at` itself if none does.
std::size_t number_begin(std::string_view line, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && is_number_byte(line[begin - 1])) --begin;
  const bool is_number = begin < at && (ascii::is_digit(line[begin]) || line[begin] == '-');
  return is_number ? begin : at;
}

// Whether the comma at line[comma] stands behind an element of an array: behind numbers that begin
// with one, a string, an object, an array or a word of JSON; not in a text such as "row,1,2".
bool is_behind_element(std::string_view line, std::size_t comma) {
  constexpr int kMaxElements = 64;  // more of them are hardly a text
  for (int elements = 0; elements < kMaxElements; ++elements) {
    const std::size_t end = skip_blanks_back(line, comma);
    const std::size_t begin = number_begin(line, end);
    if (begin == end) {
      const std::string_view before = line.substr(0, end);
      return before.ends_with("true") || before.ends_with("false") || before.ends_with("null") ||
             before.ends_with('"') || before.ends_with(']') || before.ends_with('}');
    }
    const std::size_t before = skip_blanks_back(line, begin);
    if (before == 0) return false;
    if (line[before - 1] == '[') return true;
    if (line[before - 1] != ',') return false;
    comma = before - 1;
  }
  return true;
}

bool ends_json_value(std::string_view line, std::size_t at) {
  while (at < line.size() && is_blank(line[at])) ++at;
  return at == line.size() || std::string_view(",]}\r").find(line[at]) != std::string_view::npos;
}

// The quote that closes at `end`, with the backslashes in front of it; empty if there is none.
std::string_view quote_before(std::string_view line, std::size_t end) {
  if (end == 0 || line[end - 1] != '"') return {};
  std::size_t begin = end - 1;
  while (begin > 0 && line[begin - 1] == '\\') --begin;
  return line.substr(begin, end - begin);
}

// The quotes of strings around line[at] of a line that is JSON from its start, by the nearest quote
// in front: one that is deeper escaped if that opens a string with JSON in it.
std::string quotes_around(std::string_view line, std::size_t at) {
  constexpr std::size_t kMaxBack = 1024;  // a longer run of numbers is hardly escaped
  const std::size_t from = at - std::min(at, kMaxBack);
  const std::size_t quote = line.substr(from, at - from).rfind('"');
  if (quote == std::string_view::npos) return "\"";
  const std::string_view nearest = quote_before(line, from + quote + 1);
  const std::size_t behind = line.find_first_not_of(" \t", from + quote + 1);
  const bool opens = line[behind] == '[' || line[behind] == '{';
  return (opens ? std::string(nearest.size(), '\\') : "") + std::string(nearest);
}

// The quotes that a mask needs where a bare number was the value of a JSON member, or an element of
// an array; empty elsewhere.
std::string quotes_for(std::string_view line, std::size_t begin, std::size_t end) {
  if (!is_json_number(line.substr(begin, end - begin)) || !ends_json_value(line, end)) return {};
  const std::size_t before = skip_blanks_back(line, begin);
  if (before == 0) return {};
  const char sign = line[before - 1];
  if (sign == ':') return std::string(quote_before(line, skip_blanks_back(line, before - 1)));
  if (sign != '[' && (sign != ',' || !is_behind_element(line, before - 1))) return {};
  const std::size_t first = line.find_first_not_of(" \t");
  if (line[first] != '{' && line[first] != '[') return {};
  // "[4111...] paid" is no array.
  const char last = line[line.find_last_not_of(" \t\r")];
  return last == '}' || last == ']' ? quotes_around(line, before) : std::string();
}

std::string last_digits(std::string_view secret, std::size_t count) {
  std::string digits;
  for (const char c : secret) {
    if (ascii::is_digit(c)) digits += c;
  }
  return digits.substr(digits.size() - std::min(digits.size(), count));
}

// What may be shown of a secret. Nothing of what somebody has to know by heart.
std::string shown_part(const Redaction& redaction, std::string_view secret) {
  if (redaction.kind == RuleKind::card) return std::string(kEllipsis) + last_digits(secret, 4);
  if (redaction.kind == RuleKind::iban)
    return std::string(secret.substr(0, 2)) + std::string(kEllipsis);
  if (!redaction.public_prefix.empty() && secret.starts_with(redaction.public_prefix))
    return std::string(redaction.public_prefix) + std::string(kEllipsis);
  return {};
}

// j…@example.com
std::optional<std::string> partial_email(std::string_view secret) {
  const std::size_t at = std::min(secret.find('@'), secret.find("%40"));
  if (at == 0 || at >= secret.size()) return std::nullopt;
  // All bytes of the first character.
  std::size_t first = 1;
  while (first < at && (static_cast<unsigned char>(secret[first]) & 0xc0) == 0x80) ++first;
  return std::string(secret.substr(0, first)) + std::string(kEllipsis) +
         std::string(secret.substr(at));
}

std::string token(const Redaction& redaction, std::string_view shown) {
  std::string mask = "[masked:";
  mask += redaction.rule_id;
  if (!shown.empty()) {
    mask += ':';
    mask += shown;
  }
  mask += ']';
  return mask;
}

std::string mask_of(const Redaction& redaction, std::string_view secret) {
  switch (redaction.style) {
    case Style::token:
      break;
    case Style::hash:
      return token(redaction, redaction.key != nullptr ? redaction.key->digest(secret) : "");
    case Style::partial:
      if (redaction.kind == RuleKind::email) {
        if (std::optional<std::string> mask = partial_email(secret)) return *mask;
      }
      return token(redaction, shown_part(redaction, secret));
    case Style::fixed:
      return "****";
    case Style::remove:
      return "";
    case Style::same_length:
      return std::string(secret.size(), '*');
  }
  return token(redaction, "");
}

// Where a bare value is taken away a dash stays: else the next word would be taken for the value by
// whoever reads the line again, and masking it again would take that away, too.
bool needs_dash(const Redaction& redaction, std::string_view line, std::size_t begin,
                std::size_t end) {
  if (redaction.style != Style::remove) return false;
  const std::size_t before = skip_blanks_back(line, begin);
  const bool is_value = before > 0 && (line[before - 1] == '=' || line[before - 1] == ':');
  return is_value && (end == line.size() || is_blank(line[end]));
}

}  // namespace

std::string MaskKey::digest(std::string_view secret) const {
  constexpr std::size_t kBlock = 64;
  std::vector<std::uint8_t> inner(kBlock, 0x36);
  std::vector<std::uint8_t> outer(kBlock, 0x5c);
  for (std::size_t i = 0; i < kBytes; ++i) {
    inner[i] ^= bytes_[i];
    outer[i] ^= bytes_[i];
  }
  inner.insert(inner.end(), secret.begin(), secret.end());
  const Digest first = sha256(inner);
  outer.insert(outer.end(), first.begin(), first.end());
  const Digest second = sha256(outer);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < 6; ++i) {
    text += kHex[second[i] >> 4];
    text += kHex[second[i] & 15];
  }
  return text;
}

void append_mask(const Redaction& redaction, std::string_view line, std::size_t begin,
                 std::size_t end, std::string& to) {
  const std::string quotes = quotes_for(line, begin, end);
  if (quotes.empty() && needs_dash(redaction, line, begin, end)) {
    to += '-';
    return;
  }
  to += quotes;
  to += mask_of(redaction, line.substr(begin, end - begin));
  to += quotes;
}

}  // namespace logd
