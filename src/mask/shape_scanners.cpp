// SPDX-License-Identifier: Apache-2.0
#include "mask/shape_scanners.h"

#include <algorithm>

#include "mask/ascii.h"
#include "mask/border.h"
#include "mask/iban.h"

namespace logd {
namespace {

constexpr std::size_t kMinCardDigits = 13;
constexpr std::size_t kMaxCardDigits = 19;
constexpr std::size_t kMaxLocal = 64;
constexpr std::size_t kMaxDomain = 253;

bool is_digit_at(std::string_view line, std::size_t at) {
  return at < line.size() && ascii::is_digit(line[at]);
}

std::size_t digits_from(std::string_view line, std::size_t at) {
  std::size_t end = at;
  while (end - at <= kMaxCardDigits && is_digit_at(line, end)) ++end;
  return end;
}

// %20 and \u0020 end in digits that a gate takes for the number's.
std::size_t skip_escape(std::string_view line, std::size_t at) {
  if (at > 0 && line[at - 1] == '%' && is_digit_at(line, at + 1)) return at + 2;
  if (at > 1 && line[at - 2] == '\\' && line[at - 1] == 'x') return at + 2;
  if (at > 1 && line[at - 2] == '\\' && line[at - 1] == 'u') return at + 4;
  return at;
}

// A number goes on before `at`: "id-4111...", "3.4111...".
bool goes_on_before(std::string_view line, std::size_t at) {
  if (at == 0) return false;
  const char c = line[at - 1];
  if (c == '-' || c == '_') return true;
  if ((c == '.' || c == '+') && at > 1 && ascii::is_digit(line[at - 2])) return true;
  return !is_border_before(line, at, Boundary::token);
}

// "%B4111...^DOE/JOHN^": the first track of a magnetic stripe.
bool is_first_track(std::string_view line, std::size_t at, std::size_t end) {
  return at >= 2 && line[at - 1] == 'B' && line[at - 2] == '%' && end < line.size() &&
         line[end] == '^';
}

bool goes_on_behind(std::string_view line, std::size_t end) {
  if (!is_border_behind(line, end, Boundary::token)) return true;
  if (end + 1 >= line.size()) return false;
  return line[end] == '.' && ascii::is_digit(line[end + 1]);
}

// The end of groups of digits with `separator` between them; nothing if a group is too short or too
// long for a card, or if there are too many. Behind three or four groups of four a rest may be
// short.
std::optional<std::size_t> groups_end(std::string_view line, std::size_t at, char separator) {
  constexpr int kMaxGroups = 5;
  std::size_t end = at + 4;
  bool are_fours = true;
  for (int groups = 1; end < line.size() && line[end] == separator; ++groups) {
    const std::size_t group_end = digits_from(line, end + 1);
    const std::size_t digits = group_end - end - 1;
    if (digits == 0) return end;
    if (groups == kMaxGroups || digits > 6) return std::nullopt;
    if (digits < 3 && (!are_fours || groups < 3)) return std::nullopt;
    are_fours = are_fours && digits == 4;
    end = group_end;
  }
  return end;
}

// What tells that a number is that of a card. "pan", "cc" and "card" are whole words or ends of
// names, the others may stand anywhere.
bool tells_of_card(std::string_view text) {
  constexpr std::string_view kAnywhere[] = {
      "card",    "credit",    "debit",     "visa",     "maestro", "unionpay", "mastercard",
      "payment", "account_n", "account n", "accountn", "track2",  "expiry",   "exp_month",
      "exp=",    "paid with", "month",     "cvv",      "cvc",     "refund",   "charging"};
  constexpr std::string_view kNames[] = {"pan", "cc", "ccnum", "cc_num"};
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view rest = text.substr(at);
    const auto begins = [&](std::string_view word) {
      return ascii::starts_with(rest.substr(0, word.size()), word);
    };
    if (std::any_of(std::begin(kAnywhere), std::end(kAnywhere), begins)) return true;
    const bool is_begin = at == 0 || !ascii::is_alnum(text[at - 1]);
    for (const std::string_view name : kNames) {
      const bool is_end = rest.size() > name.size() && !ascii::is_alnum(rest[name.size()]);
      if (is_begin && is_end && begins(name)) return true;
    }
  }
  return false;
}

// Bare numbers of 17 to 19 digits are more often 64-bit ids: a word has to tell that they are not,
// unless the issuer's numbers are few among all.
bool may_be_card(std::string_view line, std::size_t at, std::size_t end) {
  constexpr std::size_t kBefore = 40;
  constexpr std::size_t kBehind = 24;
  const std::string_view number = line.substr(at, end - at);
  // 4-4-4 and one to three: as cut off as a row of numbers is.
  const bool is_short = number.size() < 19 && !ascii::is_digit(number[9]);
  const bool is_bare = ascii::all_of(number, ascii::is_digit);
  if (!is_short && (!is_bare || number.size() < 17)) return true;
  const std::size_t from = at > kBefore ? at - kBefore : 0;
  if (tells_of_card(line.substr(from, at - from)) || tells_of_card(line.substr(end, kBehind))) {
    return true;
  }
  if (is_short) return false;
  std::size_t name = at;
  while (name > 0 && at - name < 4 && !ascii::is_alnum(line[name - 1])) --name;
  if (ascii::ends_with(line.substr(0, name), "id")) return false;
  for (const std::string_view issuer : {"62", "5018", "5020", "5038", "6304", "6759", "676"}) {
    if (number.starts_with(issuer)) return true;
  }
  return false;
}

// Digits before the first group make it one of a row of numbers; one or two behind a blank are not
// of it: "#17 3773 050524 95346".
bool is_group_before(std::string_view line, std::size_t at, char separator) {
  if (at < 2 || line[at - 1] != separator || !ascii::is_digit(line[at - 2])) return false;
  std::size_t begin = at - 1;
  while (begin > 0 && at - begin < 5 && ascii::is_digit(line[begin - 1])) --begin;
  return separator != ' ' || at - 1 - begin >= 3;
}

bool is_local_byte(char c) {
  constexpr std::string_view kSigns = ".!#$&*+-_~%";
  return ascii::is_alnum(c) || ascii::is_high(c) || kSigns.find(c) != std::string_view::npos;
}

bool is_domain_byte(char c) {
  return ascii::is_alnum(c) || ascii::is_high(c) || c == '.' || c == '-';
}

// Behind an escape or a percent code that stands where the local part seems to begin, and behind
// signs that an address hardly begins with.
std::size_t local_begin(std::string_view line, std::size_t begin, std::size_t at) {
  bool has_moved = true;
  while (has_moved && begin < at) {
    const std::size_t before = begin;
    const std::string_view rest = line.substr(begin, at - begin);
    const bool is_escaped = begin > 0 && line[begin - 1] == '\\';
    const bool is_percent =
        rest.size() > 3 && rest[0] == '%' && ascii::is_hex(rest[1]) && ascii::is_hex(rest[2]);
    const bool is_hex_escape = is_escaped && rest.size() > 3 && rest[0] == 'x';
    const bool is_sign = std::string_view(".!#$&*-~%").find(rest[0]) != std::string_view::npos;
    if (is_escaped && rest.size() > 5 && rest[0] == 'u') {
      begin += 5;
    } else if (is_percent || is_hex_escape) {
      begin += 3;
    } else if (is_escaped || is_sign) {
      begin += 1;
    }
    has_moved = begin != before;
  }
  return begin;
}

// Signs of a password that an address has not.
bool is_password_byte(char c) {
  return std::string_view(":@=^,;()[]{}|\\!").find(c) != std::string_view::npos;
}

// "host:8080;mail=": a port, then something else.
bool is_behind_port(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return true;
  std::size_t at = colon + 1;
  while (at < text.size() && ascii::is_digit(text[at])) ++at;
  return at > colon + 1 && at < text.size() && !ascii::is_alnum(text[at]) && text[at] != '@';
}

// Whether bytes from 0x80 on are UTF-8 as far as their number goes: in bytes that are no text, an
// '@' makes no address.
bool has_whole_characters(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t more = lead < 0x80   ? 0
                             : lead < 0xc2 ? 9
                             : lead < 0xe0 ? 1
                             : lead < 0xf0 ? 2
                                           : 3;
    if (lead > 0xf4 || more > text.size() - at - 1) return false;
    for (std::size_t i = 1; i <= more; ++i) {
      if ((static_cast<unsigned char>(text[at + i]) & 0xc0) != 0x80) return false;
    }
    at += more + 1;
  }
  return true;
}

// scheme://name@host and scheme://name:password@host are logins, not addresses, whatever signs the
// password has.
bool is_userinfo(std::string_view line, std::size_t begin) {
  constexpr std::size_t kMaxUserinfo = 256;
  const std::size_t from = begin > kMaxUserinfo ? begin - kMaxUserinfo : 0;
  bool is_odd = false;
  for (std::size_t at = begin; at > from; --at) {
    const char c = line[at - 1];
    if (c == '/') {
      if (at < 3 || line[at - 2] != '/' || line[at - 3] != ':') return false;
      return !is_odd || !is_behind_port(line.substr(at, begin - at));
    }
    if (is_local_byte(c) || c == ':') continue;
    if (!is_password_byte(c)) return false;
    is_odd = true;
  }
  return false;
}

}  // namespace

std::optional<Secret> card_at(std::string_view line, std::size_t at) noexcept {
  at = skip_escape(line, at);
  if (at >= line.size()) return std::nullopt;
  std::size_t end = digits_from(line, at);
  if (goes_on_before(line, at) && !is_first_track(line, at, end)) return std::nullopt;
  if (end - at == 4 && end < line.size() && (line[end] == ' ' || line[end] == '-')) {
    const char separator = line[end];
    if (is_group_before(line, at, separator)) return std::nullopt;
    const std::optional<std::size_t> last = groups_end(line, at, separator);
    if (!last) return std::nullopt;
    end = *last;
  }
  if (end - at < kMinCardDigits || goes_on_behind(line, end)) return std::nullopt;
  if (!may_be_card(line, at, end)) return std::nullopt;
  return Secret{at, end};
}

std::optional<Secret> iban_at(std::string_view line, std::size_t at) noexcept {
  if (line.size() - at < 15) return std::nullopt;
  const std::size_t wanted = iban_size(line.substr(at, 2));
  if (wanted == 0 || !is_border_before(line, at, Boundary::token)) return std::nullopt;
  const char separator = line[at + 4] == ' ' || line[at + 4] == '-' ? line[at + 4] : '\0';
  std::size_t end = at;
  for (std::size_t taken = 0; taken < wanted; ++end) {
    if (end >= line.size()) return std::nullopt;
    if (separator != '\0' && taken > 0 && taken % 4 == 0 && line[end] == separator) ++end;
    if (end >= line.size() || !ascii::is_alnum(line[end])) return std::nullopt;
    ++taken;
  }
  if (!is_border_behind(line, end, Boundary::token)) return std::nullopt;
  return Secret{at, end};
}

std::optional<Secret> email_at(std::string_view line, std::size_t at,
                               std::size_t sign_bytes) noexcept {
  const std::size_t domain = at + sign_bytes;
  std::size_t end = domain;
  while (end < line.size() && end - domain <= kMaxDomain && is_domain_byte(line[end])) ++end;
  while (end > domain && (line[end - 1] == '.' || line[end - 1] == '-')) --end;
  // Most that is no address shows here: "user@host", "Worker@688".
  if (line.substr(domain, end - domain).find('.') == std::string_view::npos) return std::nullopt;
  std::size_t begin = at;
  while (begin > 0 && at - begin <= kMaxLocal && is_local_byte(line[begin - 1])) --begin;
  begin = local_begin(line, begin, at);
  if (begin == at || at - begin > kMaxLocal || is_userinfo(line, begin)) return std::nullopt;
  if (!has_whole_characters(line.substr(begin, end - begin))) return std::nullopt;
  return Secret{begin, end};
}

}  // namespace logd
