// SPDX-License-Identifier: Apache-2.0
#include "query/text_matcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "query/escape.h"

namespace logd {
namespace {

// For one query there is more room than for one of many rules: what RE2 may take for its automaton.
constexpr std::int64_t kMemoryBytes = 32 << 20;

// Shorter ones stand in most lines.
constexpr std::size_t kLeastNeeded = 2;

constexpr std::string_view kSpecial = "\\.+*?()|[]{}^$";

bool is_special(char c) { return kSpecial.find(c) != std::string_view::npos; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_ascii_word(char c) {
  return is_upper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

// An expression for the text itself.
std::string quoted(std::string_view text) {
  std::string expression;
  for (const char c : text) {
    if (c == '\0') {
      expression += "\\x00";
      continue;
    }
    if (is_special(c)) expression += '\\';
    expression += c;
  }
  return expression;
}

// Place behind the group or the class that begins at `at`.
std::size_t behind_group(std::string_view expression, std::size_t at) {
  int depth = 0;
  for (; at < expression.size(); ++at) {
    const char c = expression[at];
    if (c == '\\') {
      ++at;
    } else if (c == '[') {
      // "]" at the begin of a class is in it.
      ++at;
      if (at < expression.size() && expression[at] == '^') ++at;
      if (at < expression.size() && expression[at] == ']') ++at;
      for (; at < expression.size() && expression[at] != ']'; ++at) {
        const std::size_t named = expression.substr(at, 2) == "[:" ? expression.find(":]", at) : 0;
        if (named == std::string_view::npos) return expression.size();
        if (named != 0) at = named + 1;
        if (expression[at] == '\\') ++at;
      }
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      --depth;
    }
    if (depth <= 0) return at + 1;
  }
  return expression.size();
}

// Length of the character of UTF-8 that begins with `lead`; 1 for anything else.
std::size_t character_bytes(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte >= 0xf0 && byte < 0xf8 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
}

// In bytes a repetition would repeat only the last byte of a character, and a class would hold its
// bytes one by one: the one is mended, the other refused.
Result<std::string> in_bytes(std::string_view pattern) {
  std::string expression;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (c == '\\' && pattern.substr(i, 2) != "\\Q") {
      expression += pattern.substr(i, 2);
      i += 2;
      continue;
    }
    if (c == '\\') {
      // Up to \E every byte is text, and is written so that nothing behind can reach into it.
      const std::size_t end = std::min(pattern.find("\\E", i), pattern.size());
      expression += quoted(pattern.substr(i + 2, end - i - 2));
      i = std::min(end + 2, pattern.size());
      continue;
    }
    const std::size_t bytes = character_bytes(c);
    const std::string_view character = pattern.substr(i, bytes);
    i += character.size();
    if (bytes > 1 && in_class) {
      return fail(ErrorCode::invalid,
                  "a [class] takes bytes, and so no character that is not ASCII; write (a|b)");
    }
    const bool is_repeated =
        i < pattern.size() && std::string_view("*+?{").find(pattern[i]) != std::string_view::npos;
    if (bytes > 1 && is_repeated) {
      expression += fmt::format("(?:{})", character);
      continue;
    }
    if (in_class) {
      const bool begins_name = c == '[' && i < pattern.size() && pattern[i] == ':';
      const std::size_t end = begins_name ? pattern.find(":]", i) : std::string_view::npos;
      if (end != std::string_view::npos) {
        expression += pattern.substr(i - 1, end + 2 - (i - 1));
        i = end + 2;
        continue;
      }
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
      // "]" at the begin of a class is in it.
      const std::size_t begin = i;
      if (i < pattern.size() && pattern[i] == '^') ++i;
      if (i < pattern.size() && pattern[i] == ']') ++i;
      expression += c;
      expression += pattern.substr(begin, i - begin);
      continue;
    }
    expression += character;
  }
  return expression;
}

// What is left of the longest text without the bytes whose case RE2 might fold in Latin-1.
std::string longest_ascii(const std::string& literal) {
  std::string best;
  for (std::size_t begin = 0; begin < literal.size();) {
    std::size_t end = begin;
    while (end < literal.size() && static_cast<unsigned char>(literal[end]) < 0x80) ++end;
    if (end - begin > best.size()) best = literal.substr(begin, end - begin);
    begin = end + 1;
  }
  return best;
}

Unexpected wrong_pattern(std::string_view option, std::string_view pattern,
                         const std::string& why) {
  std::string shown;
  append_visible(shown, pattern.substr(0, 100), Colours::strip);
  return fail(ErrorCode::invalid,
              option.empty()
                  ? fmt::format("'{}': {}", shown, why)
                  : fmt::format("{} '{}': {}; --fixed takes a text as it is", option, shown, why));
}

}  // namespace

bool has_upper_case(std::string_view expression) {
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c == '\\' && i + 1 < expression.size()) {
      const char escaped = expression[++i];
      if (escaped == 'Q') {
        const std::size_t end = std::min(expression.find("\\E", i), expression.size());
        if (std::any_of(expression.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                        expression.begin() + static_cast<std::ptrdiff_t>(end), is_upper)) {
          return true;
        }
        i = end + 1;
      } else if (escaped == 'p' || escaped == 'P' || escaped == 'x') {
        const bool in_braces = i + 1 < expression.size() && expression[i + 1] == '{';
        i = in_braces ? expression.find('}', i) : i + (escaped == 'x' ? 2 : 1);
        if (i == std::string_view::npos) return false;
      }
    } else if (c == '(' && expression.substr(i, 2) == "(?") {
      // A name or flags, up to the end of either.
      while (i < expression.size() && expression[i] != '>' && expression[i] != ':' &&
             expression[i] != ')') {
        ++i;
      }
    } else if (is_upper(c)) {
      return true;
    }
  }
  return false;
}

std::string needed_literal(std::string_view expression) {
  // Of alternatives none is needed, and flags may change what a letter means.
  if (alternatives(expression).size() > 1) return {};
  for (const std::string_view unknown : {"(?", "\\Q", "\\C"}) {
    if (expression.find(unknown) != std::string_view::npos) return {};
  }
  std::string best;
  std::string run;
  const auto end_run = [&] {
    if (run.size() > best.size()) best = run;
    run.clear();
  };
  for (std::size_t i = 0; i < expression.size();) {
    const char c = expression[i];
    const bool is_escaped_sign =
        c == '\\' && i + 1 < expression.size() && !is_ascii_word(expression[i + 1]);
    if (!is_special(c) || is_escaped_sign) {
      run += is_escaped_sign ? expression[i + 1] : c;
      i += is_escaped_sign ? 2 : 1;
      const char next = i < expression.size() ? expression[i] : '\0';
      if (next == '?' || next == '*' || next == '{') run.pop_back();
      if (next == '?' || next == '*' || next == '{' || next == '+') end_run();
      continue;
    }
    end_run();
    if (c == '\\') {
      // A class or a byte by its number, whose digits are no text.
      if (i + 1 >= expression.size()) return {};
      const char escaped = expression[i + 1];
      if (std::string_view("dDsSwWbBAztnrfva").find(escaped) == std::string_view::npos) return {};
      i += 2;
    } else if (c == '(' || c == '[') {
      i = behind_group(expression, i);
    } else if (c == '{') {
      const std::size_t end = expression.find('}', i);
      if (end == std::string_view::npos) return {};
      i = end + 1;
    } else {
      ++i;
    }
  }
  end_run();
  return best;
}

Result<TextMatcher> TextMatcher::compile(const std::vector<std::string>& patterns,
                                         const PatternOptions& options, std::string_view option) {
  if (patterns.size() > kMaxPatterns) {
    return fail(ErrorCode::limit, fmt::format("{} was given {} times; {} is the most", option,
                                              patterns.size(), kMaxPatterns));
  }
  std::string all;
  for (const std::string& pattern : patterns) {
    if (pattern.size() > kMaxPatternBytes) {
      return wrong_pattern(option, pattern,
                           fmt::format("is longer than {} bytes", kMaxPatternBytes));
    }
    const Result<std::string> in_these = options.is_fixed ? quoted(pattern) : in_bytes(pattern);
    if (!in_these) return wrong_pattern(option, pattern, in_these.error().message());
    const std::string& expression = *in_these;
    // Alone, so that it says which one is wrong, and none reaches into its neighbour.
    if (const auto regex = Regex::compile(options.is_fixed ? expression : pattern, kMemoryBytes);
        !regex) {
      return wrong_pattern(option, pattern, regex.error().message());
    }
    const bool has_upper = options.is_fixed ? std::any_of(pattern.begin(), pattern.end(), is_upper)
                                            : has_upper_case(pattern);
    const bool any_case = options.ignores_case || !has_upper;
    all += all.empty() ? "" : "|";
    all += fmt::format("(?{}:{})", any_case ? "i" : "", expression);
    if (patterns.size() > 1) continue;

    const LetterCase letter_case = any_case ? LetterCase::any : LetterCase::exact;
    const bool is_text =
        options.is_fixed || std::none_of(pattern.begin(), pattern.end(), is_special);
    TextMatcher matcher;
    if (is_text) {
      matcher.needed_.emplace(pattern, letter_case);
      return matcher;
    }
    std::string needed = needed_literal(expression);
    if (any_case) needed = longest_ascii(needed);
    LOGD_TRY_ASSIGN(matcher.regex_, Regex::compile(all, kMemoryBytes));
    if (needed.size() >= kLeastNeeded) matcher.needed_.emplace(needed, letter_case);
    return matcher;
  }
  TextMatcher matcher;
  if (patterns.empty()) return matcher;
  auto regex = Regex::compile(all, kMemoryBytes);
  if (!regex) {
    return fail(ErrorCode::limit, fmt::format("{}: {} patterns together: {}", option,
                                              patterns.size(), regex.error().message()));
  }
  matcher.regex_ = std::move(*regex);
  return matcher;
}

bool TextMatcher::matches(std::string_view line) const {
  if (needed_ && needed_->find(line) == std::string_view::npos) return false;
  return regex_ ? regex_->is_in(line) : needed_.has_value();
}

std::optional<ByteRange> TextMatcher::find(std::string_view line, std::size_t from) const {
  if (from > line.size()) return std::nullopt;
  if (needed_) {
    const std::size_t place = needed_->find(line, from);
    if (place == std::string_view::npos) return std::nullopt;
    if (!regex_) return ByteRange{place, place + needed_->literal().size()};
  }
  if (!regex_) return std::nullopt;
  const auto match = regex_->find(line, from, line.size(), Regex::At::anywhere, 0);
  if (!match) return std::nullopt;
  return ByteRange{match->begin, match->end};
}

std::size_t TextMatcher::next_candidate(std::string_view bytes, std::size_t from) const {
  if (needed_) return needed_->find(bytes, from);
  return regex_ ? from : std::string_view::npos;
}

}  // namespace logd
