// SPDX-License-Identifier: Apache-2.0
#include "mask/cookie.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "mask/ascii.h"
#include "mask/key.h"
#include "mask/placeholder.h"
#include "mask/rule.h"
#include "mask/signs.h"
#include "mask/words.h"

namespace logd {
namespace {

constexpr std::size_t kMinSession = 8;
constexpr std::size_t kMinRandom = 24;
constexpr std::size_t kMaxCookies = 128;

constexpr std::string_view kSessionParts[] = {
    "sess",     "auth",       "token",    "jwt",      "csrf",     "xsrf",
    "remember", "login",      "secret",   "identity", "ticket",   "access",
    "refresh",  "cred",       "sso",      "saml",     "passport", "cf_clearance",
    "aspxauth", "wordpress_", "connect.", "__cf_bm",  "passw",    "nonce",
    "apikey",   "api_key",    "signin",   "_u2f",     "2fa",      "mfa"};
constexpr std::string_view kStatistics[] = {
    "_ga",   "_gid",    "_gat", "__utm",     "_fb",         "_hj",           "_gcl",
    "_pk_",  "ajs_",    "mp_",  "amplitude", "optanon",     "_uet",          "_clck",
    "_clsk", "_tt",     "_pin", "_scid",     "intercom-id", "cookieconsent", "euconsent",
    "_mkto", "hubspot", "__hs", "_dd_",      "ab_",         "experiment"};
constexpr std::string_view kAttributes[] = {"path",     "expires",  "domain",     "max-age",
                                            "samesite", "priority", "version",    "comment",
                                            "secure",   "httponly", "partitioned"};

bool is_name(char c) {
  return ascii::is_alnum(c) || std::string_view("_-.!#$*+^~|@").find(c) != std::string_view::npos;
}

bool contains(std::string_view text, std::string_view lower) {
  for (std::size_t at = 0; at + lower.size() <= text.size(); ++at) {
    if (ascii::starts_with(text.substr(at, lower.size()), lower)) return true;
  }
  return false;
}

bool is_session_name(std::string_view name) {
  if (ascii::ends_with(name, "sid") || ascii::equals(name, "s") || ascii::equals(name, "pass")) {
    return true;
  }
  return std::any_of(std::begin(kSessionParts), std::end(kSessionParts),
                     [&](std::string_view part) { return contains(name, part); });
}

bool is_statistics(std::string_view name) {
  return std::any_of(std::begin(kStatistics), std::end(kStatistics), [&](std::string_view prefix) {
    return ascii::starts_with(name.substr(0, prefix.size()), prefix);
  });
}

bool is_attribute(std::string_view name) {
  return std::any_of(std::begin(kAttributes), std::end(kAttributes),
                     [&](std::string_view word) { return ascii::equals(name, word); });
}

bool is_random(std::string_view value) {
  return value.size() >= kMinRandom && ascii::count_of(value, ascii::is_digit) >= 2 &&
         ascii::count_of(value, ascii::is_letter) >= 6 && !is_word(value);
}

bool is_secret(std::string_view name, std::string_view value) {
  if (is_attribute(name) || is_statistics(name)) return false;
  if (is_session_name(name)) return value.size() >= kMinSession && !is_placeholder(value);
  return is_random(value) && !is_placeholder(value);
}

bool is_between(char c) {
  return c == ';' || c == ',' || c == '{' || c == '[' || c == '(' || c == '\n' || c == '\r';
}

// The cookies of one header, one after the other.
class Cookies {
 public:
  Cookies(const KeywordHit& hit, std::size_t begin)
      : line_(hit.line),
        text_(hit.line.substr(0, std::min(hit.line.size(), hit.end + kMaxWindowBytes))),
        at_(begin) {}

  void read(Secrets& secrets) {
    for (std::size_t count = 0; count < kMaxCookies && read_one(secrets); ++count) {
    }
  }

 private:
  // False when nothing follows that could be a cookie.
  bool read_one(Secrets& secrets) {
    skip_between();
    const std::size_t name = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    const std::string_view spelled = text_.substr(name, at_ - name);
    if (spelled.empty()) return false;
    skip_quote();
    at_ = skip_blanks(text_, at_);
    if (at_ >= text_.size()) return false;
    const Sign sign = sign_at(text_, at_);
    if (sign.c == ';') return true;  // Secure; HttpOnly
    if (sign.c != '=' && sign.c != ':') return false;
    at_ += sign.size;
    at_ = skip_blanks(text_, at_);
    const Secret value = read_text();
    const std::string_view text = line_.substr(value.begin, value.end - value.begin);
    if (is_secret(spelled, text) && !secrets.add(value)) secrets.back().end = value.end;
    if (ascii::equals(spelled, "expires")) skip_date();
    return goes_on();
  }

  void skip_between() {
    while (at_ < text_.size()) {
      at_ = skip_blanks(text_, at_);
      if (at_ >= text_.size()) return;
      const Sign sign = sign_at(text_, at_);
      if (!is_between(sign.c) && !is_quote(sign.c)) return;
      at_ += sign.size;
    }
  }

  void skip_quote() {
    if (at_ < text_.size() && is_quote(sign_at(text_, at_).c)) at_ += sign_at(text_, at_).size;
  }

  Secret read_text() {
    if (at_ >= text_.size()) return {at_, at_, false};
    const Sign open = sign_at(text_, at_);
    if (is_quote(open.c)) {
      const std::size_t begin = at_ + open.size;
      std::size_t end = quoted_end(text_, begin, open);
      if (end == std::string_view::npos) end = line_.size();
      at_ = std::min(end, text_.size());
      skip_quote();
      return {begin, end, true};
    }
    const std::size_t begin = at_;
    while ((at_ = skip_plain(text_, at_)) < text_.size()) {
      const Sign sign = sign_at(text_, at_);
      const auto byte = static_cast<unsigned char>(sign.c);
      const bool is_raw = sign.spelling != Spelling::percent;
      if (is_raw && (byte <= ' ' || is_quote(sign.c) || sign.c == ';' || sign.c == ',' ||
                     sign.c == '}' || sign.c == ']' || sign.c == '<')) {
        break;
      }
      at_ += is_raw ? sign.size : 1;
    }
    return {begin, at_ == text_.size() ? line_.size() : at_, true};
  }

  // "Wed, 09 Jun 2027 10:18:14 GMT" holds a comma and blanks.
  void skip_date() {
    while (at_ < text_.size() && text_[at_] != ';' && !is_quote(sign_at(text_, at_).c)) ++at_;
  }

  bool goes_on() {
    const std::size_t next = skip_blanks(text_, at_);
    if (next >= text_.size()) return false;
    const Sign sign = sign_at(text_, next);
    if (sign.c != ';' && sign.c != ',') return false;
    at_ = next;
    return true;
  }

  std::string_view line_;
  std::string_view text_;
  std::size_t at_;
};

// Behind "Cookie:", "cookie=", "'Cookie', "; 0 if nothing assigns to it.
std::size_t cookies_begin(std::string_view line, const Key& key) {
  std::size_t at = skip_blanks(line, key.end);
  bool is_closed = false;
  if (at < line.size() && is_quote(sign_at(line, at).c)) {
    is_closed = true;
    at = skip_blanks(line, at + sign_at(line, at).size);
  }
  if (at >= line.size()) return 0;
  const Sign sign = sign_at(line, at);
  const bool is_assigned = sign.c == ':' || sign.c == '=' || (is_closed && sign.c == ',');
  if (!is_assigned) return 0;
  at += sign.size;
  if (at < line.size() && line[at] == '>') ++at;
  at = skip_blanks(line, at);
  for (const std::string_view list : {"[]string{", "[]interface {}{", "[]any{"}) {
    if (line.substr(at).starts_with(list)) return at + list.size();
  }
  return at;
}

}  // namespace

void scan_cookie(const KeywordHit& hit, Secrets& secrets) noexcept {
  const std::optional<Key> key = read_key(hit);
  if (!key) return;
  const std::string_view text =
      hit.line.substr(0, std::min(hit.line.size(), hit.end + kMaxWindowBytes));
  const std::size_t begin = cookies_begin(text, *key);
  if (begin == 0 || meaning_of(hit.line, *key) == KeyMeaning::other) return;
  Cookies(hit, begin).read(secrets);
}

}  // namespace logd
