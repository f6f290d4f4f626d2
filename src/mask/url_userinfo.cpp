// SPDX-License-Identifier: Apache-2.0
#include "mask/url_userinfo.h"

#include <algorithm>
#include <string_view>

#include "mask/ascii.h"
#include "mask/signs.h"
#include "mask/text_checks.h"
#include "mask/words.h"

namespace logd {
namespace {

constexpr std::size_t kMinToken = 16;
constexpr std::size_t kMaxPort = 5;
// Longer passwords are tokens, which have rules of their own.
constexpr std::size_t kMaxUserinfo = 1024;
constexpr std::size_t npos = std::string_view::npos;

// What a URL in a text cannot go on behind.
bool ends_url(Sign sign) {
  const auto byte = static_cast<unsigned char>(sign.c);
  return byte <= ' ' || byte == 0x7f || sign.c == '"' || sign.c == '\'' || sign.c == '`' ||
         sign.c == '<' || sign.c == '>';
}

struct Authority {
  std::size_t colon = npos;  // the first one
  std::size_t at = npos;     // the last '@'
  std::size_t at_size = 1;
};

bool is_port(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && ascii::is_digit(text[digits])) ++digits;
  if (digits == 0) return text.empty();
  return digits <= kMaxPort && (digits == text.size() || !ascii::is_alnum(text[digits]));
}

class Url {
 public:
  Url(std::string_view text, std::size_t begin, bool is_encoded)
      : text_(text), begin_(begin), is_encoded_(is_encoded) {}

  Authority read() {
    std::size_t at = begin_;
    while ((at = skip_plain(text_, at)) < text_.size()) {
      Sign sign = sign_at(text_, at);
      if (sign.spelling == Spelling::percent && !is_encoded_) sign = {.c = '%'};
      if (ends_url(sign) || is_end_of_authority(sign, at)) break;
      if (sign.c == ':' && found_.colon == npos) found_.colon = at;
      if (sign.c == '@' && is_host(at + sign.size)) {
        found_.at = at;
        found_.at_size = sign.size;
      }
      at += sign.size;
    }
    end_ = at;
    return found_;
  }

  // Where the reading ended.
  std::size_t end() const { return end_; }

 private:
  // '/', '?' and '#' end it, unless a password has begun that is not yet at its end.
  bool is_end_of_authority(Sign sign, std::size_t at) const {
    if (sign.c == '\\' && at + 1 < text_.size() && text_[at + 1] == '/') return true;
    if (sign.c != '/' && sign.c != '?' && sign.c != '#') return false;
    if (found_.colon == npos) return true;
    if (found_.at != npos && found_.at > found_.colon) return true;
    const std::size_t password = found_.colon + 1;
    if (sign.c == '/' && at == password) return true;  // "a://b://c"
    return is_port(text_.substr(password, at - password)) || text_[begin_] == '[';
  }

  bool is_host(std::size_t at) const {
    if (at >= text_.size()) return false;
    const char c = text_[at];
    return ascii::is_alnum(c) || ascii::is_high(c) ||
           std::string_view("[$%{_<*-(/").find(c) != npos;
  }

  std::string_view text_;
  std::size_t begin_;
  bool is_encoded_;
  std::size_t end_ = 0;
  Authority found_;
};

bool is_token(std::string_view user) {
  const auto is_of_token = [](char c) { return ascii::is_alnum(c) || c == '_' || c == '-'; };
  return user.size() >= kMinToken && ascii::all_of(user, is_of_token) &&
         ascii::count_of(user, ascii::is_digit) != 0 &&
         ascii::count_of(user, ascii::is_letter) >= 2 && !is_uuid(user) && !is_word(user);
}

bool is_user(std::string_view user) {
  return ascii::all_of(user, [](char c) {
    return ascii::is_alnum(c) || ascii::is_high(c) ||
           std::string_view("._%+$~!*'()@\\-{}#,").find(c) != npos;
  });
}

// "nginx:1.2@sha256:9c..."
bool is_digest(std::string_view host) {
  return host.starts_with("sha256:") || host.starts_with("sha512:");
}

}  // namespace

void scan_url_userinfo(const KeywordHit& hit, Secrets& secrets) noexcept {
  const std::size_t limit = std::min(hit.line.size(), hit.end + kMaxUserinfo);
  const std::string_view text = hit.line.substr(0, limit);
  const bool is_encoded = hit.line.substr(hit.begin, hit.end - hit.begin).find('%') != npos;
  Url url(text, hit.end, is_encoded);
  const Authority found = url.read();
  secrets.note_read(url.end() - hit.end);
  if (found.at == npos || is_digest(text.substr(found.at + found.at_size, 7))) return;
  if (found.colon == npos || found.colon > found.at) {
    const std::string_view user = text.substr(hit.end, found.at - hit.end);
    if (is_token(user)) secrets.add({hit.end, found.at, true});
    return;
  }
  const std::string_view user = text.substr(hit.end, found.colon - hit.end);
  const std::size_t begin = found.colon + sign_at(text, found.colon).size;
  const std::string_view password = text.substr(begin, found.at - begin);
  if (!is_user(user)) return;
  const bool is_token_user =
      password.empty() || password == "x-oauth-basic" || password == "x-oauth-token";
  if (is_token_user) {
    if (is_token(user)) secrets.add({hit.end, found.colon, true});
    return;
  }
  // "http://host:80,a@b", "http://host:8080&mail=a@b"
  const bool is_port_first = is_port(password) && !ascii::all_of(password, ascii::is_digit);
  const bool has_next = is_port_first && password.find_first_of("=,") != npos;
  if (!has_next) secrets.add({begin, found.at, true});
}

}  // namespace logd
