// SPDX-License-Identifier: Apache-2.0
#include "mask/key.h"

#include <algorithm>
#include <string_view>

#include "mask/ascii.h"
#include "mask/signs.h"

namespace logd {
namespace {

constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxWord = 16;
constexpr std::size_t kMinGlued = 5;

constexpr std::string_view kSuffixes[] = {
    "confirmation", "confirm",   "again",      "repeat",  "value",  "string",
    "plain",        "plaintext", "raw",        "b64",     "base64", "new",
    "current",      "prod",      "production", "staging", "dev",    "base"};

constexpr std::string_view kNegations[] = {
    "no",       "has",     "is",           "use",          "uses",       "require",
    "requires", "need",    "needs",        "show",         "hide",       "max",
    "min",      "num",     "total",        "unexpected",   "socket",     "idempotency",
    "public",   "primary", "foreign",      "partition",    "cache",      "sort",
    "next",     "page",    "continuation", "cancellation", "pagination", "lost",
    "count",    "forgot",  "unrecognized", "illegal",      "forgotten"};

// "reset password: ..." tells of a deed; reset_token is a token.
constexpr std::string_view kDeeds[] = {"reset", "resets", "change", "changes"};

constexpr std::string_view kDoubts[] = {"invalid", "wrong",   "bad",     "incorrect",
                                        "failed",  "missing", "without", "weak",
                                        "expired", "unknown", "empty",   "rejected"};

template <typename Words>
bool is_one_of(std::string_view text, const Words& words) {
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view word) { return ascii::equals(text, word); });
}

bool is_joint(char c) { return c == '_' || c == '-' || c == '.'; }

char at_or_nul(std::string_view text, std::size_t at) { return at < text.size() ? text[at] : '\0'; }

// The keyword without the signs that a rule put around it to make it rare ("auth=", "_key").
KeywordHit bare(KeywordHit hit) {
  while (hit.begin < hit.end && !ascii::is_alnum(hit.line[hit.begin])) ++hit.begin;
  while (hit.begin < hit.end && !ascii::is_alnum(hit.line[hit.end - 1])) --hit.end;
  return hit;
}

bool begins_well(const KeywordHit& hit) {
  if (is_behind_border(hit.line, hit.begin)) return true;
  const char last = hit.line[hit.begin - 1];
  if (ascii::is_upper(hit.line[hit.begin]) && !ascii::is_upper(last)) return true;
  if (last == 'D' && hit.begin >= 2 && hit.line[hit.begin - 2] == '-') return true;  // -Dauth=
  const std::string_view keyword = hit.line.substr(hit.begin, hit.end - hit.begin);
  return ascii::count_of(keyword, ascii::is_letter) >= kMinGlued;
}

// A number of up to two digits, also behind '_' or '-'; at itself if there is none.
std::size_t skip_number(std::string_view line, std::size_t at) {
  std::size_t next = at;
  if (is_joint(at_or_nul(line, next)) && line[next] != '.') ++next;
  const std::size_t digits = next;
  while (next < digits + 2 && ascii::is_digit(at_or_nul(line, next))) ++next;
  return next == digits ? at : next;
}

std::size_t skip_suffix(std::string_view line, std::size_t at) {
  std::size_t begin = at;
  if (is_joint(at_or_nul(line, at))) {
    ++begin;
  } else if (!ascii::is_upper(at_or_nul(line, at))) {
    return at;
  }
  std::size_t end = begin;
  while (end < begin + kMaxWord && ascii::is_alnum(at_or_nul(line, end))) ++end;
  return is_one_of(line.substr(std::min(begin, line.size()), end - begin), kSuffixes) ? end : at;
}

bool ends_well(std::string_view line, std::size_t at) {
  const char next = at_or_nul(line, at);
  if (ascii::is_alnum(next)) return false;
  return !is_joint(next) || !ascii::is_alnum(at_or_nul(line, at + 1));
}

// The word before `at`, behind one sign or blank: "max" of "max_tokens", "has" of "hasPassword".
std::string_view word_before(std::string_view line, std::size_t at) {
  std::size_t end = at;
  if (end > 0 && (is_joint(line[end - 1]) || line[end - 1] == ' ')) --end;
  std::size_t begin = end;
  while (begin > 0 && end - begin < kMaxWord && ascii::is_letter(line[begin - 1])) {
    --begin;
    const bool is_hump =
        ascii::is_upper(line[begin]) && begin + 1 < end && ascii::is_lower(line[begin + 1]);
    if (is_hump) break;
  }
  return line.substr(begin, end - begin);
}

// What stands before `at` goes on to the left; the end of an escape or a colour does not.
bool is_part_of_name(std::string_view line, std::size_t at) {
  const char last = line[at - 1];
  return is_joint(last) || (ascii::is_alnum(last) && !is_behind_border(line, at));
}

}  // namespace

std::optional<Key> read_key(const KeywordHit& found) noexcept {
  const KeywordHit hit = bare(found);
  if (hit.begin == hit.end || !begins_well(hit)) return std::nullopt;
  Key key{.begin = hit.begin, .keyword = hit.begin, .end = hit.end};
  const bool ends_in_s = ascii::to_lower(hit.line[hit.end - 1]) == 's';
  key.is_plural = ends_in_s && hit.end - hit.begin > 4;  // not "pass"
  if (!ends_in_s && ascii::to_lower(at_or_nul(hit.line, key.end)) == 's') {
    key.is_plural = true;
    ++key.end;
  }
  key.end = skip_suffix(hit.line, skip_number(hit.line, key.end));
  key.end = skip_number(hit.line, key.end);
  if (!ends_well(hit.line, key.end)) return std::nullopt;
  const std::size_t limit = key.keyword > kMaxName ? key.keyword - kMaxName : 0;
  while (key.begin > limit && is_part_of_name(hit.line, key.begin)) --key.begin;
  return key;
}

KeyMeaning meaning_of(std::string_view line, const Key& key) noexcept {
  // The name of a rule in a mask that another pass left.
  if (line.substr(0, key.begin).ends_with("[masked:")) return KeyMeaning::other;
  const std::string_view before = word_before(line, key.keyword);
  if (before.empty()) return KeyMeaning::secret;
  if (is_one_of(before, kNegations)) return KeyMeaning::other;
  const bool is_token = ascii::starts_with(line.substr(key.keyword, 5), "token");
  const bool is_joined = is_token && line[key.keyword - 1] != ' ';
  if (!is_joined && is_one_of(before, kDeeds)) return KeyMeaning::other;
  return is_one_of(before, kDoubts) ? KeyMeaning::doubted : KeyMeaning::secret;
}

}  // namespace logd
