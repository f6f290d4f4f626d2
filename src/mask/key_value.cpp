// SPDX-License-Identifier: Apache-2.0
#include "mask/key_value.h"

#include <algorithm>
#include <optional>

#include "mask/ascii.h"
#include "mask/key.h"
#include "mask/rule.h"
#include "mask/signs.h"
#include "mask/value.h"

namespace logd {
namespace {

// Between a key and its separator; columns are padded, but not without end.
constexpr std::size_t kMaxGap = 96;
constexpr std::size_t kMaxAttributes = 128;

struct Separator {
  std::size_t end = 0;
  Dress dress = Dress::assigned;
};

char at_or_nul(std::string_view text, std::size_t at) { return at < text.size() ? text[at] : '\0'; }

bool is_query(std::string_view line, const Key& key) {
  if (key.begin == 0) return false;
  const char before = line[key.begin - 1];
  if (before == '?' || before == '&') return true;
  return before == ';' && key.begin >= 5 && ascii::equals(line.substr(key.begin - 5, 5), "&amp;");
}

// user[password]=, passwords[0]=; not the process id of "passwd[123]: ".
std::size_t skip_index(std::string_view text, std::size_t at) {
  std::size_t next = at + 1;
  while (ascii::is_digit(at_or_nul(text, next))) ++next;
  const bool is_index = at_or_nul(text, next) == ']' && at_or_nul(text, next + 1) == '=';
  return is_index ? next + 1 : at;
}

// Blanks, colours, quotes and brackets that close the key.
std::size_t skip_closers(std::string_view text, std::size_t at) {
  const std::size_t limit = std::min(text.size(), at + kMaxGap);
  for (int count = 0; count < 8; ++count) {
    at = skip_blanks(text, at);
    if (at >= limit) break;
    const Sign sign = sign_at(text, at);
    const bool is_emphasis = sign.c == '*' || sign.c == '_';
    if (is_quote(sign.c) || is_emphasis || (sign.c == ']' && sign.size <= 5)) {
      at += sign.size;
    } else if (sign.c == '[' && sign.size == 3 && text.substr(at + 3, 3) == "%5D") {
      at += 3;  // password%5B%5D=
    } else if (sign.c == '[' && sign.size == 1) {
      const std::size_t next = skip_index(text, at);
      if (next == at) break;
      at = next;
    } else {
      break;
    }
  }
  return at;
}

// One sign more, if it is `c`.
std::size_t skip_sign(std::string_view text, std::size_t at, char c) {
  if (at >= text.size()) return at;
  const Sign sign = sign_at(text, at);
  return sign.c == c ? at + sign.size : at;
}

std::optional<Separator> read_equals(std::string_view text, std::size_t at, bool is_in_query) {
  const Sign sign = sign_at(text, at);
  std::size_t end = at + sign.size;
  if (sign.spelling == Spelling::percent) return Separator{end, Dress::percent};
  for (const char more : {'=', '=', '>'}) end = skip_sign(text, end, more);
  return Separator{end, is_in_query ? Dress::query : Dress::assigned};
}

std::optional<Separator> read_colon(std::string_view text, std::size_t at) {
  const Sign sign = sign_at(text, at);
  std::size_t end = at + sign.size;
  if (at_or_nul(text, end) == ':' || text.substr(end, 2) == "//") return std::nullopt;
  if (sign.spelling == Spelling::percent) return Separator{end, Dress::percent};
  if (at_or_nul(text, end) == '=') return Separator{end + 1, Dress::assigned};
  if (at_or_nul(text, end) == '*') end += text.substr(end, 2) == "**" ? 2 : 0;  // **Password:** x
  // password: str = "x"
  for (const std::string_view type : {"str = ", "string = ", "String = "}) {
    const std::size_t begin = skip_blanks(text, end);
    if (text.substr(begin, type.size()) == type) {
      return Separator{begin + type.size(), Dress::assigned};
    }
  }
  return Separator{end, Dress::pair};
}

std::optional<Separator> read_verb(std::string_view text, std::size_t at) {
  if (at > 0 && text[at - 1] == '\t') return Separator{at, Dress::sentence};  // of a table
  if (at == 0 || text[at - 1] != ' ') return std::nullopt;
  if (ascii::starts_with(text.substr(at, 3), "to ") && at + 3 < text.size() &&
      is_quote(sign_at(text, at + 3).c)) {
    return Separator{at + 3, Dress::sentence};  // set token to "x"
  }
  for (const std::string_view verb : {"is ", "was ", "is: ", "is set to ", "set to "}) {
    if (ascii::starts_with(text.substr(at, verb.size()), verb)) {
      return Separator{at + verb.size(), Dress::sentence};
    }
  }
  return std::nullopt;
}

std::optional<Separator> read_separator(std::string_view text, std::size_t at, bool is_in_query) {
  if (at >= text.size()) return std::nullopt;
  const Sign sign = sign_at(text, at);
  switch (sign.c) {
    case '=':
      return read_equals(text, at, is_in_query);
    case ':':
      return read_colon(text, at);
    case '-':
      if (text.substr(at, 2) == "->") return Separator{at + 2, Dress::assigned};
      return std::nullopt;
    case ';':  // PHP: s:8:"password";s:7:"x"
      if (text.substr(at, 3) == ";s:") return Separator{at + 1, Dress::assigned};
      return std::nullopt;
    case '\t':  // of a table, escaped
      return Separator{at + sign.size, Dress::sentence};
    default:
      return read_verb(text, at);
  }
}

// "<ns:"
bool is_prefixed(std::string_view before) {
  std::size_t at = before.size() - 1;
  while (at > 0 && before.size() - at < 32 && ascii::is_alnum(before[at - 1])) --at;
  return at > 0 && (before[at - 1] == '<' || before[at - 1] == ';');
}

// Behind --password, what follows it as the next argument: a blank, or quotes and a comma of a list
// of arguments. 0 if the key is no option.
std::size_t argument_begin(std::string_view text, const Key& key) {
  const bool is_option =
      key.begin < key.keyword && text[key.begin] == '-' && is_behind_border(text, key.begin);
  if (!is_option || key.end >= text.size()) return 0;
  const Sign close = sign_at(text, key.end);
  if (is_space(close.c)) return key.end + 1;
  if (!is_quote(close.c)) return 0;
  const std::size_t comma = skip_blanks(text, key.end + close.size);
  if (at_or_nul(text, comma) == ',') return comma + 1;
  return comma == key.end + close.size ? 0 : comma;
}

// Whether the key is the name of an element that opens: '<' in any spelling stands before it.
bool is_tag(std::string_view line, const Key& key) {
  const std::string_view before = line.substr(0, key.begin);
  return before.ends_with('<') || before.ends_with("&lt;") || before.ends_with("\\u003c") ||
         before.ends_with("\\u003C") || before.ends_with("%3C") || before.ends_with("%3c") ||
         (before.ends_with(':') && is_prefixed(before));
}

// Behind the '>' of the element that the key names; 0 if it names none.
std::size_t element_begin(std::string_view text, const Key& key) {
  if (key.end >= text.size() || !is_tag(text, key)) return 0;
  if (text.substr(0, key.begin).ends_with("=<")) return 0;  // "token=<token>"
  const std::size_t limit = std::min(text.size(), key.end + kMaxAttributes);
  std::size_t at = key.end;
  if (sign_at(text, at).c != '>' && text[at] != ' ') return 0;
  for (; at < limit; at += sign_at(text, at).size) {
    const Sign sign = sign_at(text, at);
    if (sign.c == '/' || sign.c == '<') return 0;
    if (sign.c == '>') return at + sign.size;
  }
  return 0;
}

// "  - passphrase: ..."
bool is_line(std::string_view line, const Key& key) {
  constexpr std::size_t kMaxIndent = 64;
  return key.begin <= kMaxIndent &&
         line.substr(0, key.begin).find_first_not_of(" \t-") == std::string_view::npos &&
         ascii::starts_with(line.substr(key.keyword, 4), "pass");
}

// What "secret" is that of: an object of Kubernetes, whose value is its name.
constexpr std::string_view kObjects[] = {"tls",      "pull",    "image",  "kube",     "ca",
                                         "cert",     "ssl",     "volume", "existing", "sealed",
                                         "external", "ingress", "docker", "registry", "deleted",
                                         "created",  "updated", "target", "source",   "from"};

// client_secret, jwt.secret, APP_SECRET, "secret=": what follows may be a word that somebody chose.
bool has_chosen_value(std::string_view line, const Key& key, Dress dress) {
  std::string_view name = line.substr(key.begin, key.keyword - key.begin);
  while (!name.empty() && !ascii::is_alnum(name.back())) name.remove_suffix(1);
  if (ascii::ends_with(name, "secret")) return true;  // secret_access_key
  if (!ascii::starts_with(line.substr(key.keyword, 6), "secret")) return false;
  const bool is_longer = key.end > key.keyword + 6;  // SECRET_KEY_BASE
  if (name.empty()) return is_longer || dress == Dress::assigned || dress == Dress::query;
  return std::none_of(std::begin(kObjects), std::end(kObjects),
                      [&](std::string_view object) { return ascii::ends_with(name, object); });
}

// The quote before the key, if both key and value are an item of a list: ["PATH=/bin", "PASS=x"],
// ["--password=x"].
Sign item_quote(std::string_view line, const Key& key) {
  if (key.begin == 0 || !is_quote(line[key.begin - 1])) return {};
  std::size_t at = key.begin - 1;
  while (at > 0 && line[at - 1] == '\\') --at;
  const Sign quote = sign_at(line, at);
  const std::string_view before = line.substr(0, at);
  const std::size_t last = before.find_last_not_of(' ');
  if (last == std::string_view::npos || (before[last] != ',' && before[last] != '[')) return {};
  const std::string_view name = line.substr(key.begin, key.end - key.begin);
  const bool is_variable =
      ascii::count_of(name, ascii::is_upper) != 0 || name.find('_') != std::string_view::npos;
  return is_variable || name.front() == '-' ? quote : Sign{};
}

}  // namespace

void scan_key_value(const KeywordHit& hit, Secrets& secrets) noexcept {
  const std::optional<Key> key = read_key(hit);
  if (!key) return;
  Value value{.line = hit.line, .is_plural = key->is_plural};
  value.limit = std::min(hit.line.size(), hit.end + kMaxWindowBytes);
  const std::string_view text = hit.line.substr(0, value.limit);
  const std::size_t element = element_begin(text, *key);
  const std::size_t at = skip_closers(text, key->end);
  const std::optional<Separator> separator = read_separator(text, at, is_query(hit.line, *key));
  const std::size_t argument = element != 0 || separator ? 0 : argument_begin(text, *key);
  if (element == 0 && !separator && argument == 0) return;
  const KeyMeaning meaning = meaning_of(hit.line, *key);
  if (meaning == KeyMeaning::other) return;
  value.is_doubted = meaning == KeyMeaning::doubted;
  if (element != 0) {
    value.begin = element;
    return read_element(value, secrets);
  }
  if (!separator) {
    value.begin = argument;
    value.dress = Dress::argument;
    return read_value(value, secrets);
  }
  value.begin = separator->end;
  value.is_line = is_line(hit.line, *key);
  value.dress = separator->dress;
  value.may_be_word = has_chosen_value(hit.line, *key, value.dress);
  if (at > key->end && text[at - 1] == ' ') {
    value.own_name = text.substr(key->begin, key->end - key->begin);
  }
  if (value.dress == Dress::assigned && at == key->end) value.item_quote = item_quote(text, *key);
  read_value(value, secrets);
}

}  // namespace logd
