// SPDX-License-Identifier: Apache-2.0
#include "mask/name_value.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "mask/ascii.h"
#include "mask/key.h"
#include "mask/rule.h"
#include "mask/signs.h"
#include "mask/value.h"
#include "mask/words.h"

namespace logd {
namespace {

constexpr std::size_t kMaxBetween = 256;  // of other members between name and value
constexpr std::size_t kMaxWord = 16;

constexpr std::string_view kNames[] = {
    "name",   "key",      "field",        "param",        "parameter", "header",
    "var",    "variable", "property",     "attribute",    "attr",      "env",
    "option", "arg",      "setting",      "type",         "id",        "k",
    "n",      "label",    "variablename", "parametername"};
constexpr std::string_view kValues[] = {
    "value",   "val",         "v",    "content",      "data",           "secret",
    "default", "stringvalue", "text", "string_value", "parametervalue", "newvalue"};

template <typename Words>
bool is_one_of(std::string_view text, const Words& words) {
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view word) { return ascii::equals(text, word); });
}

bool is_name(char c) { return ascii::is_alnum(c) || c == '_'; }
char at_or_nul(std::string_view text, std::size_t at) { return at < text.size() ? text[at] : '\0'; }

// The place of the sign that ends right before `at`: a quote with its backslashes, or encoded.
std::size_t quote_begin(std::string_view line, std::size_t at) {
  if (at == 0) return at;
  if (is_quote(line[at - 1])) {
    std::size_t begin = at - 1;
    while (begin > 0 && at - begin < 16 && line[begin - 1] == '\\') --begin;
    return begin;
  }
  for (const std::size_t size : {3U, 5U, 6U, 7U}) {
    if (at < size) break;
    const Sign sign = sign_at(line, at - size);
    if (is_quote(sign.c) && sign.size == size) return at - size;
  }
  return at;
}

struct Name {
  Key key;
  std::size_t left = 0;   // of its quotes
  std::size_t right = 0;  // behind them
  bool is_quoted = false;
};

std::optional<Name> read_name(const KeywordHit& hit) {
  const std::optional<Key> key = read_key(hit);
  if (!key) return std::nullopt;
  Name name{.key = *key, .left = quote_begin(hit.line, key->begin), .right = key->end};
  name.is_quoted = name.left != key->begin;
  if (!name.is_quoted) return name;
  if (key->end >= hit.line.size()) return std::nullopt;
  const Sign close = sign_at(hit.line, key->end);
  if (!is_quote(close.c)) return std::nullopt;
  name.right = key->end + close.size;
  return name;
}

// "name": stands before `at`. Its place, or npos.
std::size_t label_before(std::string_view line, std::size_t at) {
  while (at > 0 && is_space(line[at - 1])) --at;
  if (at >= 2 && line.substr(at - 2, 2) == "=>") {
    at -= 2;
  } else if (at > 0 && (line[at - 1] == ':' || line[at - 1] == '=')) {
    --at;
  } else if (at >= 3 && ascii::equals(line.substr(at - 3, 3), "%3a")) {
    at -= 3;
  } else {
    return std::string_view::npos;
  }
  while (at > 0 && is_space(line[at - 1])) --at;
  at = quote_begin(line, at);
  const std::size_t end = at;
  while (at > 0 && end - at < kMaxWord && is_name(line[at - 1])) --at;
  return is_one_of(line.substr(at, end - at), kNames) ? at : std::string_view::npos;
}

// Behind "value": when it stands at `at`, which begins a word.
std::size_t value_begin(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && end - at <= kMaxWord && is_name(text[end])) ++end;
  if (!is_one_of(text.substr(at, end - at), kValues)) return 0;
  if (end < text.size() && is_quote(sign_at(text, end).c)) end += sign_at(text, end).size;
  end = skip_blanks(text, end);
  if (end >= text.size()) return 0;
  const Sign sign = sign_at(text, end);
  if (sign.c != ':' && sign.c != '=') return 0;
  end += sign.size;
  return at_or_nul(text, end) == '>' ? end + 1 : end;
}

// The first "value": between two places, in the same object.
std::size_t find_value(std::string_view text, std::size_t from, std::size_t to) {
  to = std::min(to, text.size());
  for (std::size_t at = from; at < to; ++at) {
    if (text[at] == '}' || text[at] == '{') return 0;
    const bool begins_word = ascii::is_letter(text[at]) && is_behind_border(text, at) &&
                             (at == 0 || text[at - 1] != '_');
    if (!begins_word) continue;
    if (const std::size_t found = value_begin(text, at)) return found;
  }
  return 0;
}

// Behind the '>' of <entry key="password">, before the next '<'.
std::size_t element_begin(std::string_view text, std::size_t at) {
  const std::size_t limit = std::min(text.size(), at + kMaxBetween);
  while (at < limit) {
    const Sign sign = sign_at(text, at);
    if (sign.c == '<' || sign.c == '/' || sign.c == '}' || sign.c == '{') return 0;
    if (sign.c == '>') return at + sign.size;
    at += sign.size;
  }
  return 0;
}

// "<entry " stands before it.
bool is_in_tag(std::string_view text, std::size_t at) {
  constexpr std::size_t kMaxTag = 64;
  const std::size_t from = at > kMaxTag ? at - kMaxTag : 0;
  const std::string_view before = text.substr(from, at - from);
  const std::size_t open = std::max(before.rfind('<') + 1, before.rfind("\\u003c") + 1);
  return open != 0 || before.rfind("&lt;") != std::string_view::npos;
}

bool is_labelled(std::string_view text, const Name& name, std::size_t label, Value& value,
                 Secrets& secrets) {
  if (!name.is_quoted && text.substr(name.right).starts_with(", data=")) return false;  // a call
  if (const std::size_t behind = find_value(text, name.right, name.right + kMaxBetween)) {
    value.begin = behind;
    read_value(value, secrets);
    return true;
  }
  if (name.is_quoted && is_in_tag(text, label)) {
    if (const std::size_t element = element_begin(text, name.right)) {
      value.begin = element;
      read_element(value, secrets);
      return true;
    }
  }
  // {"value":"V","name":"DB_PASSWORD"}: from the object's begin on.
  const std::size_t from = label > 2 * kMaxBetween ? label - 2 * kMaxBetween : 0;
  const std::size_t open = text.substr(from, label - from).find_last_of("{<");
  if (open == std::string_view::npos) return false;
  const std::size_t before = find_value(text, from + open + 1, label);
  if (before == 0) return false;
  value.begin = before;
  value.limit = label;
  read_value(value, secrets);
  return true;
}

// Names of fields stand side by side too: a value has a digit or a sign that names have not, or is
// no word.
bool is_unlike_name(std::string_view text) {
  constexpr std::size_t kMinRandom = 12;
  if (text.size() >= kMinRandom && text.find(' ') == std::string_view::npos && !is_word(text)) {
    return true;
  }
  return !ascii::all_of(text, [](char c) {
    return ascii::is_letter(c) || c == '_' || c == '-' || c == ' ' || c == '.';
  });
}

bool is_header_name(std::string_view name) {
  for (const std::string_view known : {"apikey", "token", "secret"}) {
    if (ascii::equals(name, known)) return true;
  }
  return name.find('-') != std::string_view::npos || ascii::equals(name, "authorization") ||
         ascii::equals(name, "cookie");
}

// ('password', 'V'): exactly two, unless the first is a header's name.
void read_tuple(std::string_view text, const Name& name, Value& value, Secrets& secrets) {
  std::size_t at = skip_blanks(text, name.right);
  if (at_or_nul(text, at) != ',') return;
  at = skip_blanks(text, at + 1);
  if (at_or_nul(text, at) == 'b' && at_or_nul(text, at + 1) != '\0') ++at;
  if (at >= text.size() || !is_quote(sign_at(text, at).c)) return;
  std::size_t before = name.left;
  if (before > 0 && text[before - 1] == 'b') --before;
  while (before > 0 && is_space(text[before - 1])) --before;
  if (before == 0) return;
  const char open = text[before - 1];
  const bool is_pair = open == '(' || open == '[' || open == '{';
  const std::string_view spelled = text.substr(name.key.begin, name.key.end - name.key.begin);
  if (!is_pair && !(open == ',' && is_header_name(spelled))) return;
  value.begin = at;
  Secrets found;
  read_value(value, found);
  if (found.size() != 1) return;
  const Secret secret = *found.begin();
  // define('DB_PASSWORD', 'letmein'), putenv, setenv
  const std::string_view call = text.substr(0, before - 1);
  const bool is_set = call.ends_with("define") || call.ends_with("env") || call.ends_with("set");
  if (!is_set && !is_unlike_name(value.line.substr(secret.begin, secret.end - secret.begin)))
    return;
  if (is_pair && secret.end < text.size()) {
    const std::size_t behind = skip_blanks(text, secret.end + sign_at(text, secret.end).size);
    const char close = at_or_nul(text, behind);
    const bool is_closed = close == ')' || close == ']' || close == '}';
    if (!is_closed && !is_header_name(spelled)) return;
  }
  secrets.add(secret);
}

}  // namespace

void scan_name_value(const KeywordHit& hit, Secrets& secrets) noexcept {
  const std::optional<Name> name = read_name(hit);
  if (!name) return;
  Value value{.line = hit.line};
  value.limit = std::min(hit.line.size(), hit.end + kMaxWindowBytes);
  value.dress = Dress::pair;
  const std::string_view text = hit.line.substr(0, value.limit);
  const std::size_t label = label_before(hit.line, name->left);
  const bool is_labelled_name = label != std::string_view::npos;
  if (!is_labelled_name && !name->is_quoted) return;
  if (meaning_of(hit.line, name->key) == KeyMeaning::other) return;
  if (is_labelled_name) {
    is_labelled(text, *name, label, value, secrets);
  } else {
    read_tuple(text, *name, value, secrets);
  }
}

}  // namespace logd
