// SPDX-License-Identifier: Apache-2.0
#include "mask/open_end.h"

#include <algorithm>

#include "mask/ascii.h"

namespace logd {
namespace {

constexpr std::size_t kMaxObject = 512;  // between the brace and the value
constexpr std::size_t kMaxElement = 256;
constexpr std::size_t kMaxLabel = 64;   // "-----BEGIN ENCRYPTED PRIVATE KEY-----"
constexpr std::size_t kMaxGroups = 48;  // of an IBAN with blanks
constexpr std::size_t npos = std::string_view::npos;

std::string_view last_bytes(std::string_view text, std::size_t count) {
  return text.substr(text.size() - std::min(text.size(), count));
}

// {"name":"DB_PASSWORD", and the value is to come.
std::size_t before_object(std::string_view text) {
  const std::string_view tail = last_bytes(text, kMaxObject);
  const std::size_t open = tail.rfind('{');
  const std::size_t close = tail.rfind('}');
  if (open == npos || (close != npos && close > open)) return text.size();
  return text.size() - tail.size() + open;
}

// <password type="x", <entry key="password", and the rest is to come; also as &lt;.
std::size_t before_element(std::string_view text) {
  const std::string_view tail = last_bytes(text, kMaxElement);
  std::size_t open = tail.rfind('<');
  const std::size_t close = tail.rfind('>');
  if (open != npos && close != npos && close > open) open = npos;
  const std::size_t entity = tail.rfind("&lt;");
  const std::size_t entity_close = tail.rfind("&gt;");
  const bool is_entity_open = entity != npos && (entity_close == npos || entity_close < entity);
  if (is_entity_open) open = std::min(open, entity);
  return open == npos ? text.size() : text.size() - tail.size() + open;
}

// -----BEGIN RSA, and "PRIVATE KEY" is to come.
std::size_t before_key(std::string_view text) {
  const std::string_view tail = last_bytes(text, kMaxLabel);
  std::size_t at = tail.rfind("BEGIN");
  if (at == npos) return text.size();
  while (at > 0 && (tail[at - 1] == '-' || tail[at - 1] == ' ')) --at;
  return text.size() - tail.size() + at;
}

// Four digits, or two capitals and two digits: the first group of a card number or of an IBAN.
bool is_first_group(std::string_view text) {
  const auto is_pair = [&](std::size_t at) {
    return ascii::is_digit(text[at]) && ascii::is_digit(text[at + 1]);
  };
  if (text.size() < 4 || !is_pair(2)) return false;
  return is_pair(0) || (ascii::is_upper(text[0]) && ascii::is_upper(text[1]));
}

std::size_t before_groups(std::string_view text) {
  const std::string_view tail = last_bytes(text, kMaxGroups);
  std::size_t at = tail.size();
  std::size_t first = at;
  for (; at > 0; --at) {
    const char c = tail[at - 1];
    const bool is_gap = c == ' ' || c == '-';
    if (!is_gap && !ascii::is_digit(c) && !ascii::is_upper(c)) break;
    const bool is_begin = at == 1 || !ascii::is_alnum(tail[at - 2]);
    if (is_begin && is_first_group(tail.substr(at - 1))) first = at - 1;
  }
  return text.size() - tail.size() + first;
}

}  // namespace

std::size_t bytes_before_open_end(std::string_view text) {
  text = text.substr(0, before_object(text));
  text = text.substr(0, before_element(text));
  text = text.substr(0, before_key(text));
  return before_groups(text);
}

}  // namespace logd
