// SPDX-License-Identifier: Apache-2.0
#include "query/line_pattern.h"

#include <algorithm>
#include <array>

#include "query/escape.h"

namespace logd {
namespace {

constexpr std::size_t kMaxQuotedBytes = 128;  // of a 'quote', which may be an apostrophe

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_digit(c) || is_letter(c) || c == '_'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::size_t count_if(std::string_view text, bool (*is)(char)) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is));
}

// Length of the run at the front of `text`.
std::size_t run(std::string_view text, bool (*is)(char)) {
  std::size_t length = 0;
  while (length < text.size() && is(text[length])) ++length;
  return length;
}

// Whether `text` begins as `shape` says: '9' a digit, 'f' a hexadecimal one, others themselves.
bool begins_as(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const char c = text[i];
    const bool fits = shape[i] == '9' ? is_digit(c) : shape[i] == 'f' ? is_hex(c) : c == shape[i];
    if (!fits) return false;
  }
  return true;
}

// Each of these gives the length of what stands at the front of the text, or 0.

std::size_t uuid(std::string_view text) {
  constexpr std::string_view kShape = "ffffffff-ffff-ffff-ffff-ffffffffffff";
  return begins_as(text, kShape) && run(text.substr(kShape.size()), is_word) == 0 ? kShape.size()
                                                                                  : 0;
}

std::size_t fraction(std::string_view text) {
  const bool is_point = text.size() > 1 && (text[0] == '.' || text[0] == ',') && is_digit(text[1]);
  return is_point ? 1 + run(text.substr(1), is_digit) : 0;
}

std::size_t clock(std::string_view text) {
  if (!begins_as(text, "99:99:99")) return 0;
  std::size_t length = 8 + fraction(text.substr(8));
  const std::string_view zone = text.substr(length);
  if (zone.starts_with('Z')) return length + 1;
  for (const std::string_view shape : {"+99:99", "-99:99", "+9999", "-9999"}) {
    if (begins_as(zone, shape)) return length + shape.size();
  }
  return length;
}

std::size_t time(std::string_view text) {
  if (!begins_as(text, "9999-99-99") && !begins_as(text, "9999/99/99")) return clock(text);
  constexpr std::size_t kDate = 10;
  const bool has_more = text.size() > kDate && (text[kDate] == 'T' || text[kDate] == ' ');
  const std::size_t length = has_more ? clock(text.substr(kDate + 1)) : 0;
  return length == 0 ? kDate : kDate + 1 + length;
}

std::size_t port(std::string_view text) {
  return text.size() > 1 && text[0] == ':' && is_digit(text[1]) ? 1 + run(text.substr(1), is_digit)
                                                                : 0;
}

std::size_t ip4(std::string_view text) {
  std::size_t at = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at >= text.size() || text[at++] != '.')) return 0;
    const std::size_t digits = run(text.substr(at), is_digit);
    if (digits == 0 || digits > 3) return 0;
    at += digits;
  }
  if (begins_as(text.substr(at), ".9")) return 0;
  return at + port(text.substr(at));
}

// Eight groups, or fewer with "::"; six pairs are a MAC address.
std::size_t colon_groups(std::string_view text, bool& is_mac) {
  const std::size_t length = run(text.substr(0, 45), [](char c) { return is_hex(c) || c == ':'; });
  const std::string_view groups = text.substr(0, length);
  if (length < text.size() && is_word(text[length])) return 0;
  const auto colons = std::count(groups.begin(), groups.end(), ':');
  is_mac = length == 17 && colons == 5 && begins_as(groups, "ff:ff:ff:ff:ff:ff");
  const bool is_ip6 = colons == 7 || (colons >= 2 && groups.find("::") != std::string_view::npos);
  const bool has_digit = count_if(groups, is_digit) > 0;
  return is_mac || (is_ip6 && has_digit) ? length : 0;
}

// Up to what ends a path or a URL in a text.
std::size_t up_to_end(std::string_view text) {
  return std::min(text.find_first_of(" \t\"'<>|;,)]}"), text.size());
}

// Behind the other quote; 0 if there is none.
std::size_t quoted(std::string_view text) {
  const char quote = text[0];
  const std::size_t end = quote == '"' ? text.size() : std::min(text.size(), kMaxQuotedBytes);
  for (std::size_t i = 1; i < end; ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote &&
               (quote == '"' || i + 1 == text.size() || !is_word(text[i + 1]))) {
      return i + 1;
    }
  }
  return 0;
}

bool says_kind(std::string_view key) {
  constexpr std::array<std::string_view, 9> kKeys = {
      "level", "severity", "msg", "message", "event", "error", "err", "log.level", "lvl"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

class Folder {
 public:
  Folder(std::string& to, std::string_view line)
      : to_(to), begin_(to.size()), is_json_(line.starts_with('{')) {}

  void fold(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size() && !is_full()) {
      const std::size_t taken = step(text, at);
      at += taken;
    }
  }

  void end() {
    if (!is_full()) return;
    to_.resize(begin_ + kMaxPatternBytes);
    to_ += "...";
  }

 private:
  bool is_full() const { return to_.size() - begin_ > kMaxPatternBytes; }

  // Takes what stands at `at`; returns its length, which is never 0.
  std::size_t step(std::string_view text, std::size_t at) {
    const std::string_view rest = text.substr(at);
    const char c = rest.front();
    const char before = at == 0 ? ' ' : text[at - 1];
    if (c == ' ' || c == '\t') {
      if (to_.size() > begin_ && to_.back() != ' ') to_ += ' ';
      return 1;
    }
    if (const std::size_t colour = colour_length(rest); colour > 0) return colour;
    if ((c == '"' && !is_quote_open_) || (c == '\'' && !is_word(before))) {
      if (const std::size_t length = quoted(rest); length > 0) return take_quoted(text, at, length);
      // Not looked for again, or a line of nothing but quotes would take the square of its length.
      is_quote_open_ |= c == '"';
    }
    if (is_word(before)) return take_byte(c);
    if (c == '/' && before != '/' && rest.size() > 1 && (is_word(rest[1]) || rest[1] == '.')) {
      return take("<path>", up_to_end(rest));
    }
    if (c == '-' && rest.size() > 1 && is_digit(rest[1]) &&
        std::string_view(" =(:,[").find(before) != std::string_view::npos) {
      return 1 + take_word(rest.substr(1));
    }
    return is_word(c) || c == ':' ? take_word(rest) : take_byte(c);
  }

  std::size_t take(std::string_view placeholder, std::size_t length) {
    to_ += placeholder;
    return length;
  }

  std::size_t take_byte(char c) {
    to_ += c;
    return 1;
  }

  std::size_t take_quoted(std::string_view text, std::size_t at, std::size_t length) {
    const std::string_view inside = text.substr(at + 1, length - 2);
    const std::size_t behind = text.find_first_not_of(' ', at + length);
    if (is_json_ && behind != std::string_view::npos && text[behind] == ':') {
      key_ = inside;
      return take(text.substr(at, length), length);
    }
    // The key of logfmt ends in front of the '='.
    std::string_view key = is_json_ ? key_ : "";
    if (!is_json_ && at > 0 && text[at - 1] == '=') {
      std::size_t key_begin = at - 1;
      while (key_begin > 0 && is_word(text[key_begin - 1])) --key_begin;
      key = text.substr(key_begin, at - 1 - key_begin);
    }
    if (!says_kind(key) || is_inside_) return take("<str>", length);
    to_ += '"';
    is_inside_ = true;
    fold(inside);
    is_inside_ = false;
    is_quote_open_ = false;
    to_ += '"';
    return length;
  }

  // At the begin of a word, or of an address that begins with ':'.
  std::size_t take_word(std::string_view text) {
    if (const std::size_t length = uuid(text)) return take("<uuid>", length);
    if (is_digit(text[0])) {
      if (const std::size_t length = time(text)) return take("<time>", length);
      if (const std::size_t length = ip4(text)) return take("<ip>", length);
    }
    bool is_mac = false;
    if (const std::size_t length = colon_groups(text, is_mac)) {
      return take(is_mac ? "<hex>" : "<ip>", length);
    }
    if (text[0] == ':') return take_byte(':');
    const std::string_view word = text.substr(0, run(text, is_word));
    const std::string_view behind = text.substr(word.size());
    if (behind.starts_with("://")) return take("<url>", up_to_end(text));
    if (word.size() == 1 && is_letter(word[0]) && behind.starts_with(":\\")) {
      return take("<path>", up_to_end(text));
    }
    const bool has_prefix = word.size() > 2 && (word.starts_with("0x") || word.starts_with("0X"));
    const std::size_t digits = count_if(word, is_digit);
    if (has_prefix && count_if(word.substr(2), is_hex) == word.size() - 2) {
      return take("<hex>", word.size());
    }
    if (digits == 0) return take(word, word.size());
    if (digits == word.size()) return take("<num>", number(text));
    if (word.size() >= 8 && count_if(word, is_hex) == word.size())
      return take("<hex>", word.size());
    return take_mixed(text, word);
  }

  // "1,000.5", "1.2.3"
  static std::size_t number(std::string_view text) {
    std::size_t length = run(text, is_digit);
    while (const std::size_t more = fraction(text.substr(length))) length += more;
    return length;
  }

  // Of letters and digits.
  std::size_t take_mixed(std::string_view text, std::string_view word) {
    int turns = 0;
    for (std::size_t i = 1; i < word.size(); ++i) {
      turns += is_digit(word[i]) != is_digit(word[i - 1]) ? 1 : 0;
    }
    // A length of time, 1h30m, has a turn behind each unit, and is as short as this.
    if (turns > 2 && word.size() >= 6) return take("<id>", word.size());
    std::size_t at = 0;
    while (at < word.size()) {
      if (!is_digit(word[at])) {
        to_ += word[at++];
        continue;
      }
      to_ += "<num>";
      const std::size_t digits = run(word.substr(at), is_digit);
      // At the end of the word a fraction may follow, as in v1.2.3.
      at += at + digits == word.size() ? number(text.substr(at)) : digits;
    }
    return at;
  }

  std::string& to_;
  std::size_t begin_;
  bool is_json_;
  bool is_inside_ = false;
  bool is_quote_open_ = false;
  std::string_view key_;
};

}  // namespace

void append_pattern(std::string& to, std::string_view line) {
  line = line.substr(0, kMaxFoldedBytes);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
  Folder folder(to, line);
  folder.fold(line);
  folder.end();
}

}  // namespace logd
