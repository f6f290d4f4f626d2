// SPDX-License-Identifier: Apache-2.0
#include "mask/address_checks.h"

#include <algorithm>
#include <optional>

#include "mask/ascii.h"
#include "mask/digits.h"

namespace logd {
namespace {

constexpr std::size_t kMaxIp = 64;      // an IPv6 address with an IPv4 tail and a zone
constexpr std::size_t kMaxEmail = 256;  // RFC 5321, and %40 is two more
constexpr std::size_t kMaxLocal = 64;
constexpr std::size_t kMaxLabel = 63;

// Takes the text up to `separator` off the front of `rest`, and the separator too.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return part;
}

std::optional<int> octet(std::string_view text) {
  if (text.empty() || text.size() > 3 || !is_all_digits(text)) return std::nullopt;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  const int value = number(text);
  return value <= 255 ? std::optional(value) : std::nullopt;
}

struct Octets {
  bool is_valid = false;
  int first = 0;
  bool is_all_small = true;
  bool is_all_same = true;
};

Octets octets_of(std::string_view text) {
  Octets octets;
  if (std::count(text.begin(), text.end(), '.') != 3) return octets;
  std::string_view rest = text;
  for (int i = 0; i < 4; ++i) {
    const std::optional<int> value = octet(take_until(rest, '.'));
    if (!value) return octets;
    if (i == 0) octets.first = *value;
    octets.is_all_small = octets.is_all_small && *value < 10;
    octets.is_all_same = octets.is_all_same && *value == octets.first;
  }
  octets.is_valid = true;
  return octets;
}

// Groups of one side of "::", or of the whole address; an IPv4 tail counts as two. -1 if one of
// them is malformed.
int groups_of(std::string_view side, bool may_end_in_ipv4) {
  if (side.empty()) return 0;
  int groups = 0;
  while (true) {
    const std::size_t colon = side.find(':');
    const std::string_view group = side.substr(0, colon);
    const bool is_last = colon == std::string_view::npos;
    if (is_last && may_end_in_ipv4 && octets_of(group).is_valid) return groups + 2;
    if (group.empty() || group.size() > 4 || !ascii::all_of(group, ascii::is_hex)) return -1;
    ++groups;
    if (is_last) return groups;
    side.remove_prefix(colon + 1);
  }
}

// A shortened address may be as short as a name of C++: `a::b`, `Face::Add`.
bool is_unlike_a_name(std::string_view left, std::string_view address, int groups) {
  if (ascii::count_of(address, ascii::is_digit) == 0) return false;
  return left.empty() || groups >= 3 || left.find(':') == 4 || left.size() == 4;
}

// Ends of file names and of systemd's units that are no top level domains (some are, of places
// that nobody writes e-mail from).
constexpr std::string_view kNotDomains[] = {
    "png",     "jpg",   "jpeg",   "gif",   "svg",   "webp",   "ico",    "bmp",  "css",
    "js",      "jsx",   "mjs",    "ts",    "tsx",   "json",   "html",   "htm",  "xml",
    "yml",     "yaml",  "toml",   "txt",   "log",   "conf",   "cfg",    "tgz",  "gz",
    "tar",     "jar",   "java",   "class", "py",    "rb",     "go",     "php",  "sock",
    "service", "timer", "socket", "mount", "slice", "target", "device", "scope"};

bool is_label_character(char c) { return ascii::is_alnum(c) || c == '-' || ascii::is_high(c); }

bool is_local_character(char c) {
  constexpr std::string_view kSigns = "!#$%&'*+/=?^_`{|}~.-";
  return ascii::is_alnum(c) || ascii::is_high(c) || kSigns.find(c) != std::string_view::npos;
}

bool is_local_part(std::string_view local) {
  if (local.empty() || local.size() > kMaxLocal) return false;
  if (local.front() == '.' || local.back() == '.') return false;
  if (local.find("..") != std::string_view::npos || ascii::equals(local, "git")) return false;
  return ascii::all_of(local, is_local_character);
}

bool is_top_level(std::string_view label) {
  if (ascii::starts_with(label, "xn--")) return label.size() > 5;
  if (label.size() < 2 || label.size() > 24) return false;
  if (!ascii::all_of(label, [](char c) { return ascii::is_letter(c) || ascii::is_high(c); })) {
    return false;
  }
  return std::none_of(std::begin(kNotDomains), std::end(kNotDomains),
                      [&](std::string_view end) { return ascii::equals(label, end); });
}

bool is_domain(std::string_view domain) {
  const std::size_t last_dot = domain.rfind('.');
  if (last_dot == std::string_view::npos) return false;
  const std::string_view top = domain.substr(last_dot + 1);
  if (!is_top_level(top)) return false;
  std::string_view rest = domain.substr(0, last_dot);
  do {
    const bool is_followed = rest.find('.') != std::string_view::npos;
    const std::string_view label = take_until(rest, '.');
    if (label.empty() || label.size() > kMaxLabel || !ascii::all_of(label, is_label_character)) {
      return false;
    }
    if (label.front() == '-' || label.back() == '-') return false;
    if (is_followed && rest.empty()) return false;
  } while (!rest.empty());
  return true;
}

}  // namespace

bool is_ipv4(std::string_view text) noexcept {
  if (text.size() > kMaxIp) return false;
  const Octets octets = octets_of(text);
  return octets.is_valid && octets.first != 0 && (!octets.is_all_small || octets.is_all_same);
}

bool is_ipv6(std::string_view text) noexcept {
  if (text.size() > kMaxIp) return false;
  const std::size_t zone = text.find('%');
  if (zone != std::string_view::npos) {
    const std::string_view name = text.substr(zone + 1);
    const auto is_zone = [](char c) {
      return ascii::is_alnum(c) || c == '.' || c == '-' || c == '_';
    };
    if (name.empty() || !ascii::all_of(name, is_zone)) return false;
    text = text.substr(0, zone);
  }
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) return groups_of(text, true) == 8;
  const std::string_view left = text.substr(0, gap);
  const int before = groups_of(left, false);
  const int behind = groups_of(text.substr(gap + 2), true);
  if (before < 0 || behind < 0 || before + behind > 7) return false;
  return is_unlike_a_name(left, text, before + behind);
}

bool is_email(std::string_view text) noexcept {
  if (text.size() > kMaxEmail) return false;
  std::size_t at = text.find('@');
  std::size_t sign_size = 1;
  if (at == std::string_view::npos) {
    at = text.find("%40");
    sign_size = 3;
  }
  if (at == std::string_view::npos) return false;
  return is_local_part(text.substr(0, at)) && is_domain(text.substr(at + sign_size));
}

}  // namespace logd
