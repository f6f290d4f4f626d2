// SPDX-License-Identifier: Apache-2.0
#include "mask/value.h"

#include <algorithm>

#include "mask/ascii.h"
#include "mask/bare_value.h"
#include "mask/placeholder.h"
#include "mask/signs.h"

namespace logd {
namespace {

// What may stand around a value before its quotes: Some("x"), b'x', string(7) "x", s:7:"x".
constexpr std::string_view kWrappers[] = {"some(",     "optional(",     "just ",      "string(",
                                          "nsstring(", "secretstring(", "secretstr(", "secret(",
                                          "bytes(",    "bytearray(",    "str(",       "text(",
                                          "!!str ",    "!!binary ",     "[]byte("};
// Lists of Go's, of Python's and Ruby's: all members are values.
constexpr std::string_view kLists[] = {"[]string{", "[]interface {}{", "[]interface{}{", "[]any{"};
// Of a header: what stands before the credentials.
constexpr std::string_view kSchemes[] = {"bearer",   "basic",  "token", "apikey",    "api-key",
                                         "ssws",     "jwt",    "oauth", "negotiate", "ntlm",
                                         "geniekey", "splunk", "bot"};

std::string_view window_of(const Value& value) {
  return value.line.substr(0, std::min(value.limit, value.line.size()));
}

char at_or_nul(std::string_view text, std::size_t at) { return at < text.size() ? text[at] : '\0'; }

bool is_digits_then(std::string_view text, std::size_t& at, char end) {
  std::size_t next = at;
  while (next < text.size() && next - at < 6 && ascii::is_digit(text[next])) ++next;
  if (next == at || at_or_nul(text, next) != end) return false;
  at = next + 1;
  return true;
}

// string(7) "x" of PHP, s:7:"x" of its serialize().
std::size_t skip_counted(std::string_view text, std::size_t at) {
  std::size_t next = at;
  if (ascii::starts_with(text.substr(at, 7), "string(")) {
    next = at + 7;
    if (is_digits_then(text, next, ')')) return skip_blanks(text, next);
  } else if (text.substr(at, 2) == "s:") {
    next = at + 2;
    if (is_digits_then(text, next, ':')) return next;
  }
  return at;
}

std::size_t skip_wrapper(std::string_view text, std::size_t at) {
  if (const std::size_t counted = skip_counted(text, at); counted != at) return counted;
  for (const std::string_view wrapper : kWrappers) {
    if (ascii::starts_with(text.substr(at, wrapper.size()), wrapper)) {
      return skip_blanks(text, at + wrapper.size());
    }
  }
  // b'x', u"x", N'x', $'x', @"x", &"x", :"x"
  if (std::string_view("buUrRfNB$@&").find(at_or_nul(text, at)) != std::string_view::npos &&
      at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\'')) {
    return at + 1;
  }
  return at;
}

// Behind "Bearer ", if the value has such a thing.
std::size_t skip_scheme(std::string_view text, std::size_t at) {
  for (const std::string_view scheme : kSchemes) {
    if (!ascii::starts_with(text.substr(at, scheme.size()), scheme)) continue;
    const std::size_t end = at + scheme.size();
    if (end >= text.size()) return at;
    const Sign sign = sign_at(text, end);
    const bool is_plus = sign.c == '+' && sign.spelling == Spelling::raw;
    if (!is_space(sign.c) && !is_plus) return at;
    return skip_blanks(text, end + sign.size);
  }
  return at;
}

// "letmein", "Admin@123", but not "web-tls", "team/web" or "web.tls": names of objects.
bool is_one_word(std::string_view text) {
  const bool is_phrase = text.find("%20") != std::string_view::npos;
  return is_phrase || (text.size() <= 24 && text.find_first_of("-/. :") == std::string_view::npos);
}

void add(Secret secret, Secrets& secrets) {
  if (secret.begin >= secret.end) return;
  if (!secrets.add(secret)) secrets.back().end = secret.end;
}

// A quote right behind "password:" may as well end the text that holds these words.
bool ends_text_around(std::string_view text, std::size_t begin, std::size_t end) {
  if (begin >= text.size()) return true;
  if (std::string_view(",}]);").find(text[begin]) == std::string_view::npos) return false;
  if (end == std::string_view::npos || end - begin < 4) return true;
  std::size_t behind = end + sign_at(text, end).size;
  return behind < text.size() && ascii::is_alnum(text[behind]);
}

// ""x"", as in CSV: the quotes of a value in quotes are doubled.
bool is_doubled(std::string_view text, std::size_t at, Sign open) {
  if (open.c != '"' || open.size != 1 || at_or_nul(text, at) != '"') return false;
  return at + 1 < text.size() && ascii::is_alnum(text[at + 1]);
}

// Returns the place behind the closing quote.
std::size_t read_quoted(const Value& value, std::size_t at, Secrets& secrets) {
  const std::string_view text = window_of(value);
  const Sign open = sign_at(text, at);
  std::size_t begin = at + open.size;
  std::size_t end = 0;
  std::size_t behind = 0;
  if (is_doubled(text, begin, open)) {
    ++begin;
    end = text.find("\"\"", begin);
    behind = end == std::string_view::npos ? end : end + 2;
  } else {
    end = quoted_end(text, begin, open);
    behind = end == std::string_view::npos ? end : end + sign_at(text, end).size;
  }
  if (ends_text_around(text, begin, end)) return behind;
  if (end == std::string_view::npos) {
    end = value.line.size();
    behind = end;
  }
  add({skip_scheme(text.substr(0, std::min(end, text.size())), begin), end, true}, secrets);
  return behind;
}

// The item of a list such as ["PASSWORD=open sesame", ...] goes up to its quote.
bool read_item(const Value& value, std::size_t at, Secrets& secrets) {
  const std::string_view text = window_of(value);
  const std::size_t end = quoted_end(text, at, value.item_quote);
  if (end == std::string_view::npos || end == at) return false;
  add({at, end, true}, secrets);
  return true;
}

void read_bare(const Value& value, std::size_t at, Secrets& secrets) {
  const std::string_view text = window_of(value);
  if (is_quote(value.item_quote.c) && read_item(value, at, secrets)) return;
  const std::size_t begin = skip_scheme(text, at);
  if (value.is_line && value.dress == Dress::pair && is_passphrase(text, begin)) {
    return add({begin, text.find_last_not_of(" \t\r") + 1, false}, secrets);
  }
  std::size_t end = bare_value_end(text, begin, value.dress);
  if (!is_bare_value(text, begin, end, value)) return;
  if (end == text.size()) end = value.line.size();
  add({begin, end, value.may_be_word && is_one_word(text.substr(begin, end - begin))}, secrets);
}

// A member without quotes is followed by a comma or the end of the list: "[at least 8]" is prose.
bool is_member(std::string_view text, std::size_t end) {
  const char next = at_or_nul(text, skip_blanks(text, end));
  return next == ',' || next == ']';
}

// ["a", "b"], [a, b], []string{"a", "b"}: each is one.
void read_array(const Value& value, std::size_t at, Secrets& secrets) {
  const std::string_view text = window_of(value);
  while (at < text.size() && text[at] != ']' && text[at] != '}') {
    const Sign sign = sign_at(text, at);
    if (is_quote(sign.c)) {
      at = read_quoted(value, at, secrets);
      if (at == std::string_view::npos) return;
    } else if (is_space(sign.c) || sign.c == ',' || sign.c == '\n' || sign.c == '\r') {
      at += sign.size;
    } else if (sign.c == '{' || sign.c == '[') {
      return;
    } else {
      at = skip_scheme(text, at);
      const std::size_t end = text.find_first_of(",] ", at);
      if (end == std::string_view::npos) return read_bare(value, at, secrets);
      if (!is_member(text, end)) return;
      if (!value.is_plural || !ascii::all_of(text.substr(at, end - at), ascii::is_digit)) {
        add({at, end, false}, secrets);
      }
      at = end;
    }
  }
}

// [x], {x}, (x), <x>: what is inside, unless that is an object or the whole a placeholder.
void read_bracketed(const Value& value, std::size_t at, Secrets& secrets) {
  constexpr std::string_view kOpen = "[{(<";
  constexpr std::string_view kClose = "]})>";
  const std::string_view text = window_of(value);
  const char close = kClose[kOpen.find(text[at])];
  const std::size_t end = text.find(close, at + 1);
  if (end == std::string_view::npos) return read_bare(value, at, secrets);
  if (end == at + 1) return;
  const std::string_view inside = text.substr(at + 1, end - at - 1);
  if (text[at] == '[' && inside.starts_with("masked:")) return;
  const bool may_be_word = text[at] == '[' || text[at] == '(';  // "[hunter2]", but "<password>"
  if (is_placeholder(may_be_word ? inside : text.substr(at, end + 1 - at))) return;
  if (text[at] == '[') return read_array(value, at + 1, secrets);
  // {x y} of a DSN may hold blanks; {x y} of a struct is an object.
  const bool is_of_dsn = text[at] == '{' && at_or_nul(text, end + 1) == ';';
  const std::string_view not_inside = is_of_dsn ? "\"'" : " \t\"':=\\";
  const bool is_one = inside.find_first_of(not_inside) == std::string_view::npos;
  if (is_one) add({at + 1, end, false}, secrets);
}

// "<user> <password> [file]" of a usage is no element: its end must follow, or the line's.
bool is_closed(std::string_view text, std::size_t begin, std::size_t end) {
  if (end == text.size()) {
    return text[begin - 1] != ' ' &&
           text.substr(begin, end - begin).find(' ') == std::string_view::npos;
  }
  std::size_t next = end + sign_at(text, end).size;
  if (at_or_nul(text, next) == '\\') ++next;
  return at_or_nul(text, next) == '/' || ascii::starts_with(text.substr(next, 3), "%2f");
}

}  // namespace

void read_value(const Value& value, Secrets& secrets) noexcept {
  const std::string_view text = window_of(value);
  std::size_t at = skip_blanks(text, value.begin);
  for (const std::string_view list : kLists) {
    if (text.substr(at).starts_with(list)) return read_array(value, at + list.size(), secrets);
  }
  at = skip_wrapper(text, at);
  if (at >= text.size()) return;
  const Sign sign = sign_at(text, at);
  const bool is_encoded = sign.spelling == Spelling::percent && value.dress != Dress::percent &&
                          value.dress != Dress::query;
  if (is_quote(sign.c) && !is_encoded) {
    read_quoted(value, at, secrets);
    return;
  }
  if (sign.size == 1 && std::string_view("[{(<").find(sign.c) != std::string_view::npos) {
    return read_bracketed(value, at, secrets);
  }
  read_bare(value, at, secrets);
}

void read_element(const Value& value, Secrets& secrets) noexcept {
  constexpr std::string_view kCdata = "<![CDATA[";
  const std::string_view text = window_of(value);
  std::size_t at = skip_blanks(text, value.begin);
  std::size_t end = at;
  if (text.substr(at).starts_with(kCdata)) {
    at += kCdata.size();
    end = std::min(text.find("]]>", at), text.size());
  } else {
    // What was escaped in a value is no tag, unless the tags are escaped, too.
    const bool is_raw = value.begin > 0 && text[value.begin - 1] == '>';
    end = at;
    while ((end = skip_plain(text, end)) < text.size()) {
      const Sign sign = sign_at(text, end);
      if (sign.c == '<' && (!is_raw || sign.size == 1)) break;
      end += sign.size;
    }
    if (!is_closed(text, at, end)) return;
  }
  if (end >= text.size()) end = value.line.size();
  while (end > at && is_space(value.line[end - 1])) --end;
  add({at, end, true}, secrets);
}

}  // namespace logd
