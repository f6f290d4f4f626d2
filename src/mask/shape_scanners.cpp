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
  if ((c == '.' || c == '+' || c == ',') && at > 1 && ascii::is_digit(line[at - 2])) return true;
  return !is_border_before(line, at, Boundary::token);
}

bool goes_on_behind(std::string_view line, std::size_t end) {
  if (!is_border_behind(line, end, Boundary::token)) return true;
  if (end + 1 >= line.size()) return false;
  return (line[end] == '.' || line[end] == ',') && ascii::is_digit(line[end + 1]);
}

// The end of groups of digits with `separator` between them; nothing if a group is too short or too
// long for a card, or if there are too many.
std::optional<std::size_t> groups_end(std::string_view line, std::size_t at, char separator) {
  constexpr int kMaxGroups = 5;
  std::size_t end = at + 4;
  for (int groups = 1; end < line.size() && line[end] == separator; ++groups) {
    const std::size_t group_end = digits_from(line, end + 1);
    const std::size_t digits = group_end - end - 1;
    if (digits == 0) return end;
    if (groups == kMaxGroups || digits < 3 || digits > 6) return std::nullopt;
    end = group_end;
  }
  return end;
}

bool is_group_before(std::string_view line, std::size_t at, char separator) {
  return at > 1 && line[at - 1] == separator && ascii::is_digit(line[at - 2]);
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
    if (is_escaped && rest.size() > 5 && rest[0] == 'u') {
      begin += 5;
    } else if (is_escaped && rest.size() > 3 && rest[0] == 'x') {
      begin += 3;
    } else if (is_escaped) {
      begin += 1;
    } else if (rest.size() > 3 && rest[0] == '%' && ascii::is_hex(rest[1]) &&
               ascii::is_hex(rest[2])) {
      begin += 3;
    } else if (std::string_view(".!#$&*-~%").find(rest[0]) != std::string_view::npos) {
      begin += 1;
    }
    has_moved = begin != before;
  }
  return begin;
}

// scheme://name@host and scheme://name:password@host are logins, not addresses.
bool is_userinfo(std::string_view line, std::size_t begin) {
  constexpr std::size_t kMaxUserinfo = 256;
  const std::size_t from = begin > kMaxUserinfo ? begin - kMaxUserinfo : 0;
  for (std::size_t at = begin; at > from; --at) {
    const char c = line[at - 1];
    if (c == '/') return at > 2 && line[at - 2] == '/' && line[at - 3] == ':';
    if (!is_local_byte(c) && c != ':') return false;
  }
  return false;
}

}  // namespace

std::optional<Secret> card_at(std::string_view line, std::size_t at) noexcept {
  at = skip_escape(line, at);
  if (at >= line.size() || goes_on_before(line, at)) return std::nullopt;
  std::size_t end = digits_from(line, at);
  if (end - at == 4 && end < line.size() && (line[end] == ' ' || line[end] == '-')) {
    const char separator = line[end];
    if (is_group_before(line, at, separator)) return std::nullopt;
    const std::optional<std::size_t> last = groups_end(line, at, separator);
    if (!last) return std::nullopt;
    end = *last;
  }
  if (end - at < kMinCardDigits || goes_on_behind(line, end)) return std::nullopt;
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
  std::size_t begin = at;
  while (begin > 0 && at - begin <= kMaxLocal && is_local_byte(line[begin - 1])) --begin;
  begin = local_begin(line, begin, at);
  if (begin == at || at - begin > kMaxLocal) return std::nullopt;
  const std::size_t domain = at + sign_bytes;
  std::size_t end = domain;
  while (end < line.size() && end - domain <= kMaxDomain && is_domain_byte(line[end])) ++end;
  while (end > domain && (line[end - 1] == '.' || line[end - 1] == '-')) --end;
  if (end == domain || is_userinfo(line, begin)) return std::nullopt;
  return Secret{begin, end};
}

}  // namespace logd
