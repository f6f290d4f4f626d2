// SPDX-License-Identifier: Apache-2.0
#include "mask/status_words.h"

#include <algorithm>
#include <cstddef>

#include "mask/ascii.h"

namespace logd {
namespace {

constexpr std::size_t kLongestWord = 16;
constexpr std::size_t kMaxPhrase = 160;

// In the order of the alphabet, for a search by halves.
constexpr std::string_view kWords[] = {
    "absent",      "accepted",    "active",      "always",     "ask",       "authenticated",
    "automatic",   "available",   "bad",         "blank",      "bytes",     "cached",
    "cannot",      "changed",     "changing",    "char",       "checked",   "checking",
    "configured",  "confirmed",   "correct",     "created",    "deleted",   "denied",
    "different",   "doesn't",     "empty",       "error",      "exists",    "fail",
    "failed",      "failure",     "fetching",    "field",      "forbidden", "found",
    "generated",   "given",       "granted",     "hashed",     "ignored",   "inactive",
    "incorrect",   "initialized", "invalidated", "is",         "loaded",    "loading",
    "locked",      "match",       "matched",     "matches",    "mismatch",  "mismatched",
    "must",        "never",       "not",         "ok",         "okay",      "omitted",
    "pass",        "passed",      "pending",     "permission", "plaintext", "present",
    "prompt",      "protected",   "reading",     "received",   "refreshed", "refreshing",
    "rejected",    "reset",       "resetting",   "rotated",    "saved",     "sent",
    "set",         "shown",       "skipped",     "str",        "strong",    "succeeded",
    "success",     "successful",  "supplied",    "text",       "too",       "unauthorized",
    "unavailable", "unchanged",   "unlocked",    "updated",    "updating",  "valid",
    "validated",   "varchar",     "verified",    "waiting",    "was",       "weak",
    "wrong"};

constexpr std::string_view kPhrases[] = {
    "must ",    "should ",  "is too ",   "is not ",   "is required",  "is invalid", "is missing",
    "is weak",  "can't ",   "cannot ",   "does not ", "doesn't ",     "do not ",    "don't ",
    "has ",     "was ",     "not ",      "too ",      "at least ",    "please ",    "enter ",
    "may not ", "needs ",   "required ", "invalid ",  "incorrect ",   "wrong ",     "missing ",
    "failed ",  "expired ", "updated ",  "changed ",  "is incorrect", "will be ",   "is expired"};

// :password, :new_password; @p0
bool is_parameter(std::string_view text) {
  if (text.size() < 3) return false;
  const std::string_view name = text.substr(1);
  if (text.front() == '@')
    return name.front() == 'p' && ascii::all_of(name.substr(1), ascii::is_digit);
  return text.front() == ':' &&
         ascii::all_of(name, [](char c) { return ascii::is_lower(c) || c == '_'; });
}

bool is_known(std::string_view text) {
  if (text.size() > kLongestWord) return false;
  char lower[kLongestWord];
  std::transform(text.begin(), text.end(), lower, ascii::to_lower);
  return std::binary_search(std::begin(kWords), std::end(kWords),
                            std::string_view(lower, text.size()));
}

}  // namespace

bool is_status(std::string_view text) noexcept {
  const std::size_t last = text.find_last_not_of(" .!:");
  const std::string_view words = text.substr(0, last + 1);
  if (words.empty()) return false;
  if (is_known(words) || is_parameter(words)) return true;
  if (text.size() > kMaxPhrase || text.find(' ') == std::string_view::npos) return false;
  return std::any_of(std::begin(kPhrases), std::end(kPhrases), [&](std::string_view phrase) {
    return ascii::starts_with(text.substr(0, phrase.size()), phrase);
  });
}

}  // namespace logd
