// SPDX-License-Identifier: Apache-2.0
#include "mask/placeholder.h"

#include <algorithm>
#include <cstddef>

#include "mask/ascii.h"
#include "mask/filler.h"

namespace logd {
namespace {

constexpr std::size_t kMaxPlaceholder = 512;
// How much of a secret may still show where the rest is hidden or left out.
constexpr std::size_t kMaxShown = 12;

bool is_mark(char c) { return !ascii::is_alnum(c) && !ascii::is_high(c); }
bool is_separator(char c) { return c == '-' || c == '_' || c == '.' || c == ':' || c == ' '; }
std::string_view without_quotes(std::string_view text) {
  constexpr std::string_view kQuotes = "\"'` \t\r\n";
  const std::size_t first = text.find_first_not_of(kQuotes);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kQuotes) - first + 1);
}

// A text in lower case, to look for words in.
class Lower {
 public:
  explicit Lower(std::string_view text) : size_(text.size()) {
    std::transform(text.begin(), text.end(), characters_, ascii::to_lower);
  }

  std::string_view text() const { return {characters_, size_}; }

 private:
  char characters_[kMaxPlaceholder];
  std::size_t size_;
};

bool contains(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

std::size_t longest_run(std::string_view text, char wanted) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == wanted ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

// "****1234", "hunter****", "sk_live_...", "•••••"
bool is_hidden(std::string_view text) {
  constexpr std::string_view kSigns[] = {"\u2026", "\u2022", "\u25cf"};
  const auto stars = static_cast<std::size_t>(std::count(text.begin(), text.end(), '*'));
  if (stars >= 3 && longest_run(text, '*') >= 3) {
    if (stars * 2 >= text.size() || text.size() - stars <= 8) return true;
  }
  if (const std::size_t dots = text.find("..."); dots != std::string_view::npos) {
    const std::size_t rest = text.size() - longest_run(text, '.');
    const bool is_edge = dots == 0 || text.back() == '.' || is_separator(text[dots - 1]);
    return is_edge && rest <= kMaxShown;
  }
  for (const std::string_view sign : kSigns) {
    if (text.ends_with(sign) || text.starts_with(sign)) {
      std::size_t shown = 0;
      for (const char c : text) shown += ascii::is_high(c) ? 0 : 1;
      if (shown <= kMaxShown) return true;
    }
  }
  return false;
}

// What stands between brackets or in a variable: a name, or a few words. Digits only at its end.
bool is_naming(std::string_view text) {
  constexpr std::string_view kSigns = " _-.:/'|,?!@$";
  if (text.size() > 64) return false;
  std::size_t letters_end = text.size();
  while (letters_end > 0 && ascii::is_digit(text[letters_end - 1])) --letters_end;
  if (text.size() - letters_end > 2) return false;
  return ascii::all_of(text.substr(0, letters_end), [&](char c) {
    return ascii::is_letter(c) || kSigns.find(c) != std::string_view::npos;
  });
}

// Of a variable: a name, perhaps with a filter or a default behind it.
bool is_variable_name(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" .$-");
  return first != std::string_view::npos && (ascii::is_letter(text[first]) || text[first] == '_') &&
         is_naming(text);
}

struct Brackets {
  std::string_view open;
  std::string_view close;
};

// ${x}, {{x}} and the like somewhere in the text, with little around it.
bool has_variable(std::string_view text) {
  constexpr Brackets kVariables[] = {{"${", "}"}, {"{{", "}}"}, {"$(", ")"},
                                     {"#{", "}"}, {"%(", ")"},  {"%{", "}"}};
  if (text.find('{') == std::string_view::npos && text.find('(') == std::string_view::npos) {
    return false;
  }
  for (const Brackets& brackets : kVariables) {
    const std::size_t open = text.find(brackets.open);
    if (open == std::string_view::npos) continue;
    const std::size_t name = open + brackets.open.size();
    const std::size_t close = text.find(brackets.close, name);
    if (close == std::string_view::npos || !is_variable_name(text.substr(name, close - name)))
      continue;
    if (text.size() - (close - open) <= kMaxShown + brackets.close.size()) return true;
  }
  return false;
}

bool is_in_brackets(std::string_view text) {
  constexpr std::string_view kOpen = "<[({";
  constexpr std::string_view kClose = ">])}";
  // A mask of ours, perhaps cut off, but nothing that follows one.
  if (text.starts_with("[masked:") && text.find(']') >= text.size() - 1) return true;
  const std::size_t kind = kOpen.find(text.front());
  if (kind == std::string_view::npos || text.back() != kClose[kind]) return false;
  return text.size() >= 2 && is_naming(text.substr(1, text.size() - 2));
}

bool is_name(std::string_view text) {
  return !text.empty() && !ascii::is_digit(text.front()) &&
         ascii::all_of(text, [](char c) { return ascii::is_alnum(c) || c == '_'; });
}

// $DB_PASS, $1, %DB_PASS%
bool is_shell_variable(std::string_view text) {
  if (text.size() < 2) return false;
  const std::string_view name = text.substr(1);
  if (text.front() == '%') {
    return name.back() == '%' && is_name(name.substr(0, name.size() - 1));
  }
  if (text.front() != '$') return false;
  if (name.size() == 1 && ascii::is_digit(name.front())) return true;
  // "$ecret" is a password, $secret_key is not.
  const bool is_constant = ascii::count_of(name, ascii::is_lower) == 0 && name.size() >= 3;
  const bool has_words =
      name.find('_') != std::string_view::npos && ascii::count_of(name, ascii::is_upper) == 0;
  const bool is_key = ascii::equals(name, "password") || ascii::equals(name, "passwd") ||
                      ascii::equals(name, "pass") || ascii::equals(name, "secret") ||
                      ascii::equals(name, "token") || ascii::equals(name, "key");
  return is_key || (is_name(name) && ascii::count_of(name, ascii::is_digit) <= 2 &&
                    (is_constant || has_words));
}

// %s, %-10.3lf, %q
bool is_conversion(std::string_view text) {
  if (text.size() < 2 || text.size() > 8 || text.front() != '%') return false;
  const std::string_view flags = text.substr(1, text.size() - 2);
  return flags.find_first_not_of("-+ #0123456789.*hlzjt") == std::string_view::npos &&
         std::string_view("sdiuxXfgeqvTcpro@").find(text.back()) != std::string_view::npos;
}

constexpr std::string_view kWords[] = {
    "null",       "nil",        "none",        "nan",         "n/a",      "na",
    "tbd",        "true",       "false",       "yes",         "no",       "on",
    "off",        "undefined",  "empty",       "missing",     "invalid",  "required",
    "optional",   "unset",      "unknown",     "default",     "expired",  "revoked",
    "provided",   "disabled",   "enabled",     "string",      "integer",  "boolean",
    "object",     "redacted",   "filtered",    "masked",      "hidden",   "removed",
    "sanitized",  "obscured",   "encrypted",   "suppressed",  "changeme", "change-me",
    "change_me",  "changethis", "change-this", "change_this", "changeit", "replaceme",
    "replace-me", "replace_me", "fixme",       "todo",        "foo",      "bar",
    "baz",        "foobar",     "dummy",       "sample",      "fake",     "mock",
    "stub",       "void",       "(null)"};

bool is_word_of_kind(std::string_view text) {
  constexpr std::size_t kLongest = 11;
  if (text.size() > kLongest) return false;
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return ascii::equals(text, word); });
}

bool has_credential_noun(std::string_view text) {
  for (const std::string_view noun : {"key", "token", "secret", "pass", "pwd", "credential"}) {
    if (contains(text, noun)) return true;
  }
  return false;
}

// "insert-token-here", "api_key_here"; a pass phrase may end in "here" too.
bool is_asked_for(std::string_view text) {
  if (!text.ends_with("here")) return false;
  for (const std::string_view verb : {"insert", "put", "enter", "paste"}) {
    if (text.starts_with(verb)) return true;
  }
  return has_credential_noun(text);
}

// "your-token", "sk_your_key", "yourpassword", but neither "yourmom1" nor "eat-your-greens".
bool is_yours(std::string_view text, std::size_t your) {
  if (your != 0 && (your > kMaxShown || !is_separator(text[your - 1]))) return false;
  const std::string_view rest = text.substr(your + 4);
  return has_credential_noun(rest) || (your == 0 && !rest.empty() && is_separator(rest.front()));
}

// "your-api-key", "insert-token-here", "AKIAIOSFODNN7EXAMPLE", all in lower case.
bool is_from_a_manual(std::string_view text) {
  for (const std::string_view word : {"placeholder", "changeme", "redacted", "replace_with",
                                      "replace-with", "dummy-", "dummy_", "-dummy", "_dummy"}) {
    if (contains(text, word)) return true;
  }
  const std::size_t example = text.find("example");
  if (example != std::string_view::npos && !contains(text, "@")) {
    const std::string_view rest = text.substr(example + 7);
    // example.com is a host, and tells nothing about the rest of an address.
    if (!(rest.size() > 1 && rest[0] == '.' && ascii::is_letter(rest[1]))) return true;
  }
  const std::size_t your = text.find("your");
  const bool may_be_asked = text.ends_with("here") && text.size() > 8;
  if (your == std::string_view::npos && !may_be_asked) return false;
  // Random characters hold short words by chance, so the rest must be words too.
  if (!is_naming(text)) return false;
  return (may_be_asked && is_asked_for(text)) ||
         (your != std::string_view::npos && is_yours(text, your));
}

}  // namespace

bool is_placeholder(std::string_view text) noexcept {
  if (text.size() > kMaxPlaceholder) return false;
  text = without_quotes(text);
  if (text.empty() || (text.size() == 1 && is_mark(text.front()))) return true;
  return is_filler(text) || is_hidden(text) || is_in_brackets(text) || has_variable(text) ||
         is_shell_variable(text) || is_conversion(text) || is_word_of_kind(text) ||
         is_from_a_manual(Lower(text).text());
}

}  // namespace logd
