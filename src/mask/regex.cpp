// SPDX-License-Identifier: Apache-2.0
#include "mask/regex.h"

#include <re2/re2.h>

#include <array>
#include <string>
#include <utility>

namespace logd {
namespace {

// Of one expression. Beyond the smaller one RE2 falls back to a slower engine, never to a wrong
// answer, so nearly all rules do with it; a few need the larger one to be compiled at all.
constexpr std::int64_t kMemoryBytes = 1 << 20;
constexpr std::int64_t kMaxMemoryBytes = 8 << 20;

std::unique_ptr<re2::RE2> make(std::string_view expression, std::int64_t memory_bytes) {
  re2::RE2::Options options(re2::RE2::Latin1);
  options.set_log_errors(false);
  options.set_max_mem(memory_bytes);
  return std::make_unique<re2::RE2>(re2::StringPiece(expression.data(), expression.size()),
                                    options);
}

}  // namespace

Regex::Regex(std::unique_ptr<re2::RE2> regex) : regex_(std::move(regex)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view expression) {
  std::unique_ptr<re2::RE2> regex = make(expression, kMemoryBytes);
  if (regex->error_code() == re2::RE2::ErrorPatternTooLarge)
    regex = make(expression, kMaxMemoryBytes);
  if (!regex->ok()) return fail(ErrorCode::invalid, regex->error());
  return Regex(std::move(regex));
}

Result<Regex> Regex::compile(std::string_view expression, std::int64_t memory_bytes) {
  std::unique_ptr<re2::RE2> regex = make(expression, memory_bytes);
  if (!regex->ok()) return fail(ErrorCode::invalid, regex->error());
  return Regex(std::move(regex));
}

int Regex::groups() const { return regex_->NumberOfCapturingGroups(); }

std::optional<Regex::Match> Regex::find(std::string_view text, std::size_t from, std::size_t to,
                                        At at, int group) const {
  constexpr int kMaxGroups = 16;
  std::array<re2::StringPiece, kMaxGroups> parts;
  const re2::StringPiece piece(text.data(), text.size());
  const re2::RE2::Anchor anchor = at == At::start ? re2::RE2::ANCHOR_START : re2::RE2::UNANCHORED;
  // Asked for groups, RE2 goes to a slow engine at once where the text is short; most hits are
  // none, and its automaton says so at the first byte that does not fit.
  if (at == At::start && !regex_->Match(piece, from, to, anchor, nullptr, 0)) return std::nullopt;
  if (!regex_->Match(piece, from, to, anchor, parts.data(), group + 1)) return std::nullopt;
  Match match;
  match.begin = static_cast<std::size_t>(parts[0].data() - text.data());
  match.end = match.begin + parts[0].size();
  const re2::StringPiece& secret = parts[static_cast<std::size_t>(group)];
  match.group_begin =
      secret.data() == nullptr ? match.end : static_cast<std::size_t>(secret.data() - text.data());
  match.group_end = match.group_begin + secret.size();
  return match;
}

// Not asked where the match is, RE2 stops at the first byte that decides.
bool Regex::is_in(std::string_view text) const {
  return regex_->Match(re2::StringPiece(text.data(), text.size()), 0, text.size(),
                       re2::RE2::UNANCHORED, nullptr, 0);
}

std::size_t Regex::program_size() const { return static_cast<std::size_t>(regex_->ProgramSize()); }

std::vector<std::string_view> alternatives(std::string_view expression) {
  std::vector<std::string_view> parts;
  int depth = 0;
  bool in_class = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c == '\\') {
      ++i;
    } else if (in_class) {
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
    } else if (c == '(' || c == ')') {
      depth += c == '(' ? 1 : -1;
    } else if (c == '|' && depth == 0) {
      parts.push_back(expression.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  parts.push_back(expression.substr(begin));
  return parts;
}

}  // namespace logd
