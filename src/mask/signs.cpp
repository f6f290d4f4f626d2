// SPDX-License-Identifier: Apache-2.0
#include "mask/signs.h"

#include <algorithm>

#include "mask/ascii.h"

namespace logd {
namespace {

// Quotes that were escaped four times have this many.
constexpr std::size_t kMaxBackslashes = 15;
constexpr std::size_t kMaxColour = 24;

int hex_value(char c) {
  if (ascii::is_digit(c)) return c - '0';
  const char lower = ascii::to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The character that two hex digits at `at` stand for; '\0' if they don't, or stand for a letter,
// a digit or a byte beyond ASCII: these are no signs.
char hex_sign(std::string_view text, std::size_t at) {
  if (at + 2 > text.size()) return '\0';
  const int high = hex_value(text[at]);
  const int low = hex_value(text[at + 1]);
  if (high < 0 || low < 0) return '\0';
  const int value = high * 16 + low;
  if (value >= 0x80 || ascii::is_alnum(static_cast<char>(value))) return '\0';
  return static_cast<char>(value);
}

Sign made(char c, std::size_t size, Spelling spelling, std::size_t backslashes = 0) {
  return {c, static_cast<std::uint8_t>(size), static_cast<std::uint8_t>(backslashes), spelling};
}

// %22, %2522
Sign percent_sign(std::string_view text, std::size_t at) {
  const char c = hex_sign(text, at + 1);
  if (c == '%') {
    if (const char inner = hex_sign(text, at + 3)) return made(inner, 5, Spelling::percent);
  }
  if (c != '\0') return made(c, 3, Spelling::percent);
  return made('%', 1, Spelling::raw);
}

struct Entity {
  std::string_view text;
  char c;
};
constexpr Entity kEntities[] = {{"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'},
                                {"&lt;", '<'},   {"&gt;", '>'},    {"&#34;", '"'},
                                {"&#39;", '\''}, {"&#x22;", '"'},  {"&#x27;", '\''},
                                {"&#61;", '='},  {"&nbsp;", ' '}};

Sign entity_sign(std::string_view text, std::size_t at) {
  for (const Entity& entity : kEntities) {
    if (ascii::starts_with(text.substr(at, entity.text.size()), entity.text)) {
      return made(entity.c, entity.text.size(), Spelling::entity);
    }
  }
  return made('&', 1, Spelling::raw);
}

// \", \\\", \n, \u0022, \x1b, \033, \e, \/
Sign backslash_sign(std::string_view text, std::size_t at) {
  std::size_t next = at;
  while (next < text.size() && text[next] == '\\' && next - at < kMaxBackslashes) ++next;
  const std::size_t count = next - at;
  const Sign plain = made('\\', 1, Spelling::raw);
  if (next == text.size()) return plain;
  const char c = text[next];
  if (is_quote(c)) return made(c, count + 1, Spelling::raw, count);
  const bool has_more = next + 1 < text.size();
  switch (c) {
    case 'n':
      return made('\n', count + 1, Spelling::escape, count);
    case 'r':
      return made('\r', count + 1, Spelling::escape, count);
    case 't':
      return made('\t', count + 1, Spelling::escape, count);
    case 'e':
      return has_more && text[next + 1] == '[' ? made(kEscape, count + 1, Spelling::escape, count)
                                               : plain;
    case 'x':
      if (const char sign = hex_sign(text, next + 1)) {
        return made(sign, count + 3, Spelling::escape, count);
      }
      return plain;
    case 'u':
      if (text.substr(next + 1, 2) != "00") return plain;
      if (const char sign = hex_sign(text, next + 3)) {
        return made(sign, count + 5, Spelling::escape, count);
      }
      return plain;
    case '0':
      return text.substr(next, 3) == "033" ? made(kEscape, count + 3, Spelling::escape, count)
                                           : plain;
    default:
      return plain;
  }
}

// “ ” ‘ ’ in UTF-8.
Sign typographic_sign(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) == "\xe2\x80" && at + 2 < text.size()) {
    const char last = text[at + 2];
    if (last == '\x9c' || last == '\x9d') return made('"', 3, Spelling::typographic);
    if (last == '\x98' || last == '\x99') return made('\'', 3, Spelling::typographic);
  }
  return made(text[at], 1, Spelling::raw);
}

// How often a text was put into quotes within quotes, if its own have `backslashes` in front:
// 0, 1, 3, 7 for once, twice, ...
int depth_of(std::size_t backslashes) {
  int depth = 0;
  for (std::size_t rest = backslashes; rest > 0; rest /= 2) ++depth;
  return depth;
}

// Taking one layer of quoting off halves the backslashes; where none is left for the quote itself,
// it ends that layer.
bool ends_at_depth(std::size_t backslashes, int depth) {
  for (int layer = 0; layer <= depth; ++layer) {
    if (backslashes % 2 == 0) return true;
    backslashes /= 2;
  }
  return false;
}

bool ends_quote(Sign sign, Sign open) {
  if (sign.spelling != open.spelling) {
    // What is around an encoded text ends it too.
    const bool was_encoded =
        open.spelling != Spelling::raw && open.spelling != Spelling::typographic;
    return was_encoded && sign.c == '"' && sign.spelling == Spelling::raw && sign.backslashes == 0;
  }
  if (sign.c != open.c) return false;
  return open.spelling != Spelling::raw ||
         ends_at_depth(sign.backslashes, depth_of(open.backslashes));
}

// 'it''s' in YAML and SQL, 'it'\''s' in a shell: the text goes on.
std::size_t continuation_size(std::string_view text, std::size_t at, Sign open) {
  if (open.c != '\'' || open.size != 1) return 0;
  if (text.substr(at, 4) == "'\\''") return 4;
  const bool is_doubled = text.substr(at, 2) == "''" && at + 2 < text.size();
  return is_doubled && ascii::is_alnum(text[at + 2]) ? 2 : 0;
}

}  // namespace

Sign sign_at(std::string_view text, std::size_t at) noexcept {
  switch (text[at]) {
    case '%':
      return percent_sign(text, at);
    case '&':
      return entity_sign(text, at);
    case '\\':
      return backslash_sign(text, at);
    case '\xe2':
      return typographic_sign(text, at);
    default:
      return made(text[at], 1, Spelling::raw);
  }
}

std::size_t colour_size(std::string_view text, std::size_t at) noexcept {
  if (at >= text.size()) return 0;
  std::size_t next = at;
  if (text.substr(at, 5) == "#033[") {  // as rsyslog writes it
    next += 4;
  } else if (text.substr(at, 3) == "^[[") {
    next += 2;
  } else {
    const Sign sign = sign_at(text, at);
    if (sign.c != kEscape) return 0;
    next += sign.size;
  }
  if (next >= text.size() || text[next] != '[') return 0;
  const std::size_t limit = std::min(text.size(), next + kMaxColour);
  for (++next; next < limit; ++next) {
    if (ascii::is_letter(text[next])) return next + 1 - at;
    if (!ascii::is_digit(text[next]) && text[next] != ';' && text[next] != ':') return 0;
  }
  return 0;
}

std::size_t skip_blanks(std::string_view text, std::size_t at) noexcept {
  while (at < text.size()) {
    if (is_space(text[at])) {
      ++at;
    } else if (const std::size_t colour = colour_size(text, at)) {
      at += colour;
    } else {
      break;
    }
  }
  return at;
}

std::size_t quoted_end(std::string_view text, std::size_t at, Sign open) noexcept {
  while ((at = skip_plain(text, at)) < text.size()) {
    const Sign sign = sign_at(text, at);
    if (is_quote(sign.c) && ends_quote(sign, open)) {
      if (const std::size_t size = continuation_size(text, at, open)) {
        at += size;
        continue;
      }
      const bool has_own = sign.spelling == Spelling::raw && sign.backslashes > open.backslashes;
      return has_own ? at + (sign.backslashes - open.backslashes) : at;
    }
    at += sign.size;
  }
  return std::string_view::npos;
}

bool is_behind_border(std::string_view text, std::size_t at) noexcept {
  if (at == 0) return true;
  const char last = text[at - 1];
  if (!ascii::is_alnum(last)) return true;
  const auto before = [&](std::size_t count) { return at > count ? text[at - 1 - count] : '\0'; };
  if ((last == 'n' || last == 'r' || last == 't') && before(1) == '\\') return true;
  if (ascii::is_hex(last) && ascii::is_hex(before(1))) {
    if (before(2) == '%') return true;
    if (before(2) == 'x' && before(3) == '\\') return true;
    if (before(2) == '5' && before(3) == '2' && before(4) == '%') return true;
    if (before(2) == '0' && before(3) == '0' && before(4) == 'u' && before(5) == '\\') return true;
  }
  if (!ascii::is_letter(last)) return false;
  std::size_t back = at - 1;
  const std::size_t limit = at > kMaxColour ? at - kMaxColour : 0;
  while (back > limit && (ascii::is_digit(text[back - 1]) || text[back - 1] == ';')) --back;
  if (back == 0 || text[back - 1] != '[') return false;
  for (std::size_t begin = back - 1; begin > 0 && begin + 8 > back; --begin) {
    if (colour_size(text, begin - 1) == at - (begin - 1)) return true;
  }
  return false;
}

}  // namespace logd
