// SPDX-License-Identifier: Apache-2.0
#include "mask/own_literals.h"

#include <algorithm>
#include <array>

#include "mask/ascii.h"
#include "mask/placeholder.h"
#include "mask/text_checks.h"
#include "mask/words.h"

namespace logd {
namespace {

constexpr std::string_view kSecretWords[] = {
    "password", "passwd", "passphrase", "secret", "token",      "apikey",  "api_key",
    "pwd",      "pass",   "credential", "auth",   "privatekey", "private_key",
    "accesskey", "access_key", "encryption_key", "signing_key", "master_key", "secret_key",
    "license_key", "webhook", "dsn", "connection_string", "database_url", "redis_url", "_key"};
// Names with such a word whose values are none.
constexpr std::string_view kHarmlessEnds[] = {
    "_file", "_path", "_dir", "_url_path", "_name", "_id",   "_type", "_ttl",     "_expiry",
    "_host", "_port", "_user", "_sock",    "_enabled", "_method", "_public_key", "publickey"};

bool contains(std::string_view text, std::string_view lower) {
  for (std::size_t at = 0; at + lower.size() <= text.size(); ++at) {
    if (ascii::starts_with(text.substr(at), lower)) return true;
  }
  return false;
}

// The password in scheme://user:password@host; nothing where there is none.
std::optional<std::string_view> password_of_url(std::string_view value) {
  const std::size_t scheme = value.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  const std::string_view rest = value.substr(scheme + 3);
  const std::size_t at = rest.substr(0, rest.find('/')).rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t colon = rest.substr(0, at).find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return rest.substr(colon + 1, at - colon - 1);
}

bool is_fit(std::string_view secret) {
  if (secret.size() < kMinLiteralBytes || secret.size() > kMaxLiteralBytes) return false;
  if (secret.find('\n') != std::string_view::npos) return false;
  if (ascii::all_of(secret, ascii::is_digit) && secret.size() < 12) return false;
  return !is_placeholder(secret) && !is_path(secret) &&
         !(is_word(secret) && ascii::all_of(secret, [](char c) {
             return ascii::is_letter(c) || c == '_' || c == '-' || c == '.';
           }));
}

std::string as_json(std::string_view text) {
  std::string form;
  for (const char c : text) {
    if (c == '"' || c == '\\') form += '\\';
    form += c;
  }
  return form;
}

// RFC 3986: what is not unreserved as %XX.
std::string as_percent(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string form;
  for (const char c : text) {
    if (ascii::is_alnum(c) || std::string_view("-._~").find(c) != std::string_view::npos) {
      form += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    form += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return form;
}

std::string as_base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string form;
  // The last, incomplete group is left out: its digits depend on what follows.
  for (std::size_t at = 0; at + 3 <= text.size(); at += 3) {
    const unsigned bits = static_cast<unsigned char>(text[at]) << 16 |
                          static_cast<unsigned char>(text[at + 1]) << 8 |
                          static_cast<unsigned char>(text[at + 2]);
    for (int shift = 18; shift >= 0; shift -= 6) form += kDigits[bits >> shift & 63];
  }
  return form;
}

std::string folded(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = ascii::to_lower(c);
  return lower;
}

}  // namespace

bool is_secret_name(std::string_view name) {
  const auto ends = [&](std::string_view end) { return ascii::ends_with(name, end); };
  if (std::any_of(std::begin(kHarmlessEnds), std::end(kHarmlessEnds), ends)) return false;
  return std::any_of(std::begin(kSecretWords), std::end(kSecretWords),
                     [&](std::string_view word) { return contains(name, word); });
}

std::optional<std::string_view> secret_of_variable(std::string_view value) {
  if (value.find("://") != std::string_view::npos) {
    const std::optional<std::string_view> password = password_of_url(value);
    return password && is_fit(*password) ? password : std::nullopt;
  }
  return is_fit(value) ? std::optional(value) : std::nullopt;
}

OwnLiterals::OwnLiterals(std::span<const std::string> environment,
                         std::span<const std::string> user) {
  for (const std::string& secret : user) add(secret, kUserLiteralSlot);
  for (const std::string& secret : environment) add(secret, kEnvironmentSlot);
  std::vector<std::string> texts;
  for (const Literal& literal : literals_) texts.push_back(folded(literal.text));
  if (!texts.empty()) finder_.emplace(texts);
}

void OwnLiterals::add(std::string_view secret, std::uint16_t slot) {
  if (secret.size() < kMinLiteralBytes || secret.size() > kMaxLiteralBytes) return;
  if (literals_.size() >= kMaxLiterals * 4) return;
  add_form(std::string(secret), slot);
  add_form(as_json(secret), slot);
  add_form(as_percent(secret), slot);
  if (secret.size() >= 12) add_form(as_base64(secret), slot);
}

void OwnLiterals::add_form(std::string text, std::uint16_t slot) {
  const bool is_known = std::any_of(literals_.begin(), literals_.end(),
                                    [&](const Literal& literal) { return literal.text == text; });
  if (is_known) return;
  max_bytes_ = std::max(max_bytes_, text.size());
  literals_.push_back({std::move(text), slot});
}

void OwnLiterals::find(std::string_view text, std::vector<LiteralFinder::Hit>& hits,
                       std::vector<Edit>& edits) const {
  if (!finder_) return;
  hits.clear();
  finder_->find(text, hits);
  for (const LiteralFinder::Hit& hit : hits) {
    for (const std::uint16_t index : finder_->literals_at(hit)) {
      const Literal& literal = literals_[index];
      const std::size_t known = std::min(literal.text.size(), LiteralFinder::kMaxDepth);
      const std::size_t begin = hit.last + 1 - known;
      if (text.substr(begin, literal.text.size()) != literal.text) continue;
      edits.push_back({static_cast<std::uint32_t>(begin),
                       static_cast<std::uint32_t>(begin + literal.text.size()), literal.slot});
    }
  }
}

}  // namespace logd
