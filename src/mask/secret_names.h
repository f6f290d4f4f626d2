// Says by name and form which variables of an environment hold secrets.
//
// Header only, without heap and libraries: the shim picks by it what it hands over, and the masker
// reads connection strings by it. What of a value is masked is own_literals.h's business. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "mask/ascii.h"

namespace logd {
namespace secret_names {

// Whatever else is in the name.
inline constexpr std::string_view kSecret[] = {
    "apikeys",  "bearer", "cred",      "creds",   "credential", "dsn",    "jwt",
    "mnemonic", "pat",    "passwords", "secrets", "seed",       "tokens", "webhook"};
// Words are often put together: PGPASSWORD, authtoken.
inline constexpr std::string_view kSecretEnds[] = {
    "password",  "passwd",    "passphrase",      "passcode",   "secret",        "token",
    "apikey",    "secretkey", "accesskey",       "privatekey", "authkey",       "accountkey",
    "masterkey", "sharedkey", "signingkey",      "licensekey", "encryptionkey", "credentials",
    "pass",      "pwd",       "connectionstring"};
inline constexpr std::string_view kNotSecret[] = {"askpass", "bypass", "compass"};
// Only as the last word: AUTH_MODE is none.
inline constexpr std::string_view kSecretLast[] = {"auth", "cookie", "key", "keys", "pw", "salt"};
// In front of key, wherever that is: API_KEY_PROD.
inline constexpr std::string_view kKeyKinds[] = {"access", "account", "api",     "encryption",
                                                 "master", "private", "signing", "subscription"};
// Keys that everybody may know. Python's images tell the fingerprint of their maker in GPG_KEY.
inline constexpr std::string_view kOpenKeyKinds[] = {
    "cache", "foreign", "gpg", "partition", "primary", "pub", "public", "publishable", "sort"};
// As the last word: it says something about a secret, or where it is.
inline constexpr std::string_view kHarmlessLast[] = {
    "address",  "age",      "alg",       "algorithm", "arn",         "audience", "backend",
    "bits",     "bytes",    "class",     "command",   "count",       "days",     "dir",
    "disabled", "domain",   "driver",    "enable",    "enabled",     "endpoint", "expires",
    "expiry",   "field",    "file",      "filename",  "fingerprint", "format",   "header",
    "hint",     "home",     "host",      "hours",     "id",          "ids",      "in",
    "interval", "issuer",   "len",       "length",    "lifetime",    "limit",    "location",
    "max",      "method",   "min",       "minutes",   "mode",        "ms",       "name",
    "names",    "optional", "path",      "pattern",   "policy",      "port",     "prefix",
    "prompt",   "provider", "publickey", "realm",     "regex",       "region",   "required",
    "rotation", "rounds",   "scope",     "scopes",    "seconds",     "size",     "sock",
    "socket",   "store",    "suffix",    "timeout",   "ttl",         "type",     "uri",
    "url",      "user",     "username",  "version"};

template <std::size_t N>
constexpr bool is_one_of(std::string_view word, const std::string_view (&list)[N]) noexcept {
  for (const std::string_view known : list) {
    if (ascii::equals(word, known)) return true;
  }
  return false;
}

constexpr bool is_secret_word(std::string_view word) noexcept {
  if (is_one_of(word, kNotSecret)) return false;
  for (const std::string_view end : kSecretEnds) {
    if (ascii::ends_with(word, end)) return true;
  }
  return is_one_of(word, kSecret);
}

// Takes the next word off the front of `name`: DB_PASSWORD, dbPassword, DBPassword and db.password2
// are of two. Empty at the end.
constexpr std::string_view take_word(std::string_view& name) noexcept {
  std::size_t begin = 0;
  while (begin < name.size() && !ascii::is_letter(name[begin])) ++begin;
  std::size_t end = begin;
  while (end < name.size() && ascii::is_letter(name[end])) {
    const bool is_after_lower = end > begin && ascii::is_lower(name[end - 1]);
    const bool is_before_lower =
        end > begin && end + 1 < name.size() && ascii::is_lower(name[end + 1]);
    if (ascii::is_upper(name[end]) && (is_after_lower || is_before_lower)) break;
    ++end;
  }
  const std::string_view word = name.substr(begin, end - begin);
  name.remove_prefix(end);
  return word;
}

}  // namespace secret_names

// True for the name of a variable whose value is a secret: DB_PASSWORD, API_KEY, github_token,
// apiKey. Not for what is only about one: PASSWORD_FILE, TOKEN_TTL, SSH_AUTH_SOCK, PUBLIC_KEY; nor
// for PWD and OLDPWD.
constexpr bool is_secret_name(std::string_view name) noexcept {
  namespace names = secret_names;
  if (ascii::equals(name, "pwd") || ascii::equals(name, "oldpwd")) return false;
  std::string_view before;
  std::string_view last;
  bool has_secret = false;
  bool has_webhook = false;
  while (true) {
    const std::string_view word = names::take_word(name);
    if (word.empty()) break;
    before = last;
    last = word;
    const bool is_key = ascii::equals(word, "key") || ascii::equals(word, "keys");
    has_webhook = has_webhook || ascii::equals(word, "webhook");
    const bool is_string = ascii::equals(word, "string") || ascii::equals(word, "strings");
    has_secret = has_secret || names::is_secret_word(word) ||
                 (is_key && names::is_one_of(before, names::kKeyKinds)) ||
                 (is_string && ascii::equals(before, "connection"));
  }
  if (names::is_one_of(last, names::kHarmlessLast)) {
    // A hook's address is its secret, and so is what Vault calls a secret id.
    if (has_webhook && (ascii::equals(last, "url") || ascii::equals(last, "uri"))) return true;
    return ascii::equals(last, "id") && ascii::equals(before, "secret");
  }
  if (has_secret) return true;
  return names::is_one_of(last, names::kSecretLast) &&
         !names::is_one_of(before, names::kOpenKeyKinds);
}

// The password of the first URL in `value` that has one: scheme://user:password@host.
constexpr std::optional<std::string_view> password_in_url(std::string_view value) noexcept {
  constexpr std::string_view kScheme = "://";
  for (std::size_t at = value.find(kScheme); at != std::string_view::npos;
       at = value.find(kScheme, at)) {
    at += kScheme.size();
    const std::string_view rest = value.substr(at);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/ \t\r\n\"'"));
    const std::string_view user = authority.substr(0, authority.rfind('@'));
    if (user.size() == authority.size()) continue;
    const std::size_t colon = user.find(':');
    if (colon != std::string_view::npos && colon + 1 < user.size()) return user.substr(colon + 1);
  }
  return std::nullopt;
}

}  // namespace logd
