// SPDX-License-Identifier: Apache-2.0
#include "mask/bare_value.h"

#include <algorithm>

#include "mask/ascii.h"
#include "mask/signs.h"
#include "mask/status_words.h"
#include "mask/words.h"

namespace logd {
namespace {

constexpr std::size_t kMaxNextKey = 40;
constexpr std::size_t kMaxClosers = 8;
constexpr std::string_view kClosers = ")]}>";
constexpr std::string_view kOpeners = "([{<";

bool is_closer(char c) { return kClosers.find(c) != std::string_view::npos; }
bool is_name(char c) { return ascii::is_alnum(c) || c == '_' || c == '-' || c == '.'; }

// "user=", "Initial Catalog=", "host:"
bool is_next_key(std::string_view text, std::size_t at, bool may_have_blanks) {
  if (at >= text.size() || !(ascii::is_letter(text[at]) || text[at] == '_')) return false;
  const std::size_t limit = std::min(text.size(), at + kMaxNextKey);
  bool has_digit = false;
  while (at < limit && (is_name(text[at]) || (may_have_blanks && text[at] == ' ' && !has_digit))) {
    has_digit = has_digit || ascii::is_digit(text[at]);
    ++at;
  }
  return at < text.size() && (text[at] == '=' || text[at] == ':');
}

// Behind a closing bracket, and others after it, there is nothing that belongs to a value.
bool is_last_closer(std::string_view text, std::size_t at) {
  const std::size_t limit = std::min(text.size(), at + kMaxClosers);
  while (at < limit && is_closer(text[at])) ++at;
  if (at >= text.size()) return true;
  const char next = text[at];
  return !ascii::is_alnum(next) && !ascii::is_high(next) &&
         std::string_view("!@#$%^&*_-+=~?").find(next) == std::string_view::npos;
}

class BareValue {
 public:
  BareValue(std::string_view text, std::size_t begin, Dress dress)
      : text_(text), begin_(begin), dress_(dress), depth_(depth_before(text, begin)) {}

  std::size_t end() {
    std::size_t at = begin_;
    while ((at = skip_plain(text_, at)) < text_.size()) {
      const Sign sign = sign_at(text_, at);
      if (is_end(sign, at)) break;
      at += sign.spelling == Spelling::percent && dress_ != Dress::percent ? 1 : sign.size;
    }
    return at;
  }

 private:
  // Bytes of the percent code before the value: 3, or 5 if it was encoded twice.
  static std::size_t depth_before(std::string_view text, std::size_t begin) {
    return begin >= 5 && text.substr(begin - 5, 3) == "%25" ? 5 : 3;
  }

  bool is_end(Sign sign, std::size_t at) {
    if (sign.spelling == Spelling::percent && dress_ != Dress::percent) return false;
    if (sign.spelling == Spelling::percent && sign.size > depth_) return false;  // of the value
    const auto byte = static_cast<unsigned char>(sign.c);
    if (byte <= ' ' || byte == 0x7f) return true;
    if ((sign.c == '#' || sign.c == '^') && colour_size(text_, at) != 0) return true;
    const std::size_t next = at + sign.size;
    switch (sign.c) {
      case '"':
      case '\'':
      case '`':
        return is_end_quote(sign, at, next);
      case '&':
        return is_end_ampersand(next);
      case ',':
      case ';':
      case '|':
        return is_end_separator(sign.c, next);
      case '<':
        return is_end_tag(sign, next);
      case '#':
        return dress_ == Dress::query;
      case '(':
      case '[':
      case '{':
        ++open_;
        return false;
      case ')':
      case ']':
      case '}':
      case '>':
        return is_end_closer(sign, at);
      default:
        return false;
    }
  }

  bool is_end_quote(Sign sign, std::size_t at, std::size_t next) const {
    if (sign.size > 1 || at == begin_) return true;
    return next >= text_.size() || !ascii::is_alnum(text_[next]);
  }

  bool is_end_ampersand(std::size_t next) const {
    if (dress_ == Dress::query || dress_ == Dress::percent || next >= text_.size()) return true;
    return text_[next] == '&' || text_[next] == ' ' || is_next_key(text_, next, false);
  }

  bool is_end_separator(char c, std::size_t next) const {
    if (next >= text_.size()) return true;
    const Sign behind = sign_at(text_, next);
    const auto byte = static_cast<unsigned char>(behind.c);
    if (byte <= ' ' || is_quote(behind.c) || is_closer(behind.c)) return true;
    if (kOpeners.find(behind.c) != std::string_view::npos || behind.c == c) return true;
    return is_next_key(text_, next, c == ';');
  }

  bool is_end_tag(Sign sign, std::size_t next) const {
    if (sign.size > 1 || next >= text_.size()) return true;
    return text_[next] == '/' || ascii::is_letter(text_[next]);
  }

  bool is_end_closer(Sign sign, std::size_t at) {
    if (sign.size > 1) return true;
    if (sign.c != '>' && open_ > 0) {
      --open_;
      return false;
    }
    return is_last_closer(text_, at);
  }

  std::string_view text_;
  std::size_t begin_;
  Dress dress_;
  std::size_t depth_;
  int open_ = 0;
};

// "getToken()", "process.env.get(", "os.getenv('X')"
bool is_call(std::string_view token) {
  std::size_t at = 0;
  if (token.empty() || !ascii::is_letter(token.front())) return false;
  while (at < token.size() && (ascii::is_letter(token[at]) || token[at] == '_' ||
                               token[at] == '.' || token[at] == ':')) {
    ++at;
  }
  if (at < 3 || at == token.size() || token[at] != '(') return false;
  return token.back() == ')' || token.back() == '(' || at + 1 == token.size() ||
         is_quote(token[at + 1]) || token.find(':', at) != std::string_view::npos;
}

// process.env.DB_PASSWORD, os.environ['X'], self.settings.token
bool is_member_access(std::string_view token) {
  constexpr std::string_view kObjects[] = {
      "process.env.", "os.environ", "system.getenv", "self.",           "this.",
      "config.",      "settings.",  "args.",         "options.",        "params.",
      "request.",     "req.",       "props.",        "import.meta.env."};
  const bool has_object =
      std::any_of(std::begin(kObjects), std::end(kObjects), [&](std::string_view object) {
        return ascii::starts_with(token.substr(0, object.size()), object);
      });
  return has_object && ascii::all_of(token, [](char c) {
           return ascii::is_letter(c) ||
                  std::string_view("_.[]'\"()?").find(c) != std::string_view::npos;
         });
}

// "Optional[str]", "typing.Optional[bytes": the type of a parameter
bool is_type(std::string_view token) {
  const std::size_t open = token.find('[');
  return open != std::string_view::npos && open >= 4 && ascii::is_letter(token.front()) &&
         ascii::all_of(token, [](char c) {
           return ascii::is_letter(c) ||
                  std::string_view("_.[]|,").find(c) != std::string_view::npos;
         });
}

// "handler.password", "rlist[0].read()", "translate(password, sub)" behind " = "
bool is_expression(std::string_view token) {
  std::size_t at = 0;
  while (at < token.size() && (ascii::is_letter(token[at]) || token[at] == '_')) ++at;
  if (at == 0 || at == token.size()) return false;
  if (token[at] != '.' && token[at] != '[' && token[at] != '(') return false;
  return ascii::count_of(token, ascii::is_digit) <= 2 && is_word(token) &&
         ascii::all_of(token, [](char c) {
           return ascii::is_alnum(c) ||
                  std::string_view("_.[](),:-'\"").find(c) != std::string_view::npos;
         });
}

bool is_code(std::string_view token, const Value& value) {
  if (is_call(token) || is_member_access(token) || is_type(token)) return true;
  if (value.own_name.empty()) return false;  // nobody writes "password=" in a program
  return value.own_name.ends_with(token) || is_expression(token);
}

// YAML: "!vault |", "!secret db_password", "!Ref DbPassword"
bool is_tag(std::string_view text, std::size_t begin, std::size_t end) {
  return end - begin >= 4 && text[begin] == '!' && end + 1 < text.size() && text[end] == ' ' &&
         ascii::all_of(text.substr(begin + 1, end - begin - 1), ascii::is_letter);
}

bool is_plain(std::string_view token) {
  return ascii::all_of(token, [](char c) { return ascii::is_letter(c) || c == '.' || c == '!'; });
}

// "must be ...": a word, and behind it one that begins no key of its own.
bool is_prose(std::string_view text, std::size_t begin, std::size_t end) {
  if (!is_plain(text.substr(begin, end - begin))) return false;
  if (end >= text.size() || text[end] != ' ') return false;
  std::size_t next = end + 1;
  const std::size_t word = next;
  while (next < text.size() && next - word < 24 &&
         (ascii::is_lower(text[next]) || text[next] == '\'' || text[next] == '-')) {
    ++next;
  }
  if (next == word) return false;
  return next == text.size() ||
         std::string_view(" .,;!?)\"'").find(text[next]) != std::string_view::npos;
}

// A word in a sentence is a secret only if it cannot be an ordinary one.
bool is_odd(std::string_view token) {
  if (token.size() < 4) return false;
  const bool has_digit = ascii::count_of(token, ascii::is_digit) != 0;
  const bool has_letter = ascii::count_of(token, ascii::is_letter) != 0;
  const bool has_mark = token.find_first_of("!@#$%^&*") < token.size() - 1;
  return has_letter && (has_digit || has_mark);
}

// What stands for a block of YAML that begins on the next line.
bool is_block(std::string_view token) {
  return token.size() <= 2 && token.find_first_not_of("|>-+") == std::string_view::npos;
}

// "--password to be set": an argument is followed by the next option or by nothing, or is odd.
bool is_argument(std::string_view text, std::size_t begin, std::size_t end) {
  if (text[begin] == '-' || end - begin < 4) return false;
  const std::size_t next = skip_blanks(text, end);
  const bool is_last = next >= text.size() || next == end ||
                       std::string_view("-|&;<>\r").find(text[next]) != std::string_view::npos;
  return is_last || is_odd(text.substr(begin, end - begin));
}

bool is_amount(std::string_view token) {
  return ascii::all_of(token, [](char c) { return ascii::is_digit(c) || c == '.' || c == ','; });
}

constexpr std::string_view kMessageWords[] = {
    "the",     "is",       "of",           "to",
    "from",    "by",       "in",           "on",
    "at",      "with",     "user",         "a",
    "an",      "and",      "or",           "be",
    "for",     "no",       "are",          "has",
    "have",    "will",     "been",         "were",
    "too",     "only",     "new",          "old",
    "as",      "but",      "if",           "password",
    "token",   "file",     "policy",       "attempt",
    "auth",    "account",  "login",        "authentication",
    "expired", "required", "invalid",      "missing",
    "check",   "least",    "successfully", "using",
    "via",     "again",    "try",          "failed"};

bool is_of_message(std::string_view word) {
  if (word == "correct") return false;  // "... horse battery staple"
  return is_status(word) || std::any_of(std::begin(kMessageWords), std::end(kMessageWords),
                                        [&](std::string_view known) { return word == known; });
}

}  // namespace

bool is_passphrase(std::string_view text, std::size_t begin) noexcept {
  constexpr std::size_t kMaxPassphrase = 128;
  const std::size_t last = text.find_last_not_of(" \t\r");
  if (last == std::string_view::npos || last < begin || last - begin > kMaxPassphrase) return false;
  std::size_t words = 0;
  for (std::size_t at = begin; at <= last; ++words) {
    const std::size_t end = std::min(text.find(' ', at), last + 1);
    const std::string_view word = text.substr(at, end - at);
    if (word.size() < 2 || !ascii::all_of(word, ascii::is_lower) || is_of_message(word)) {
      return false;
    }
    at = end + 1;
  }
  return words >= 3 && words <= 8;
}

std::size_t bare_value_end(std::string_view text, std::size_t begin, Dress dress) noexcept {
  return BareValue(text, begin, dress).end();
}

bool is_bare_value(std::string_view text, std::size_t begin, std::size_t end,
                   const Value& value) noexcept {
  if (begin >= end) return false;
  const std::string_view token = text.substr(begin, end - begin);
  if (token.starts_with("[masked:") || is_code(token, value) || is_block(token)) return false;
  if (value.dress == Dress::pair && is_tag(text, begin, end)) return false;
  if (value.is_plural && is_amount(token)) return false;
  if (value.dress == Dress::sentence || value.is_doubted) return is_odd(token);
  if (value.dress == Dress::argument) return is_argument(text, begin, end);
  return value.dress != Dress::pair || !is_prose(text, begin, end);
}

}  // namespace logd
