// SPDX-License-Identifier: Apache-2.0
#include "mask/context_pattern.h"

#include <algorithm>
#include <string>

#include "mask/ascii.h"
#include "mask/regex.h"

namespace logd {
namespace {

constexpr std::string_view kFold = "(?i)";
constexpr std::string_view kGap = "(?:.{0,40}?(?:";
constexpr std::string_view kSeparators =
    R"x((?:\x1b\[[0-9;]{0,8}m|%[0-9a-f]{2}|u00[0-9a-f]{2}|[^0-9a-z]|)x"
    R"x(value|bearer|is|to|set){1,16}|)x";
constexpr std::string_view kAssignment = R"x(["'\\ ]{0,4}(?:=>|[:=])["'\\ ]{0,4})()x";

constexpr std::size_t kMaxGap = 40;
constexpr std::string_view kLetterCount = "{0,12}";
constexpr std::size_t kMaxLetters = 12;
constexpr int kMaxSeparators = 16;
constexpr std::size_t kMaxSigns = 4;
constexpr std::string_view kFillers[] = {"value", "bearer", "is", "to", "set"};

bool is_word_byte(char c) { return ascii::is_alnum(c) || c == '_'; }

// \b of RE2.
bool is_border(std::string_view line, std::size_t at) {
  const bool before = at > 0 && is_word_byte(line[at - 1]);
  const bool behind = at < line.size() && is_word_byte(line[at]);
  return before != behind;
}

std::optional<TokenPattern> folded(std::string_view regex) {
  return TokenPattern::parse(std::string(kFold) + std::string(regex), 0);
}

}  // namespace

// Plain alternatives, \b behind one, and one level of alternatives at the end of one: a(?:b|\b).
bool ContextPattern::read_words(std::string_view text, std::vector<Word>& words) {
  for (std::string_view part : alternatives(text)) {
    const std::size_t open = part.find("(?:");
    if (open != std::string_view::npos) {
      if (part.back() != ')') return false;
      for (const std::string_view tail :
           alternatives(part.substr(open + 3, part.size() - open - 4)))
        if (!read_words(std::string(part.substr(0, open)) + std::string(tail), words)) return false;
      continue;
    }
    const bool ends_at_border = part.ends_with("\\b");
    if (ends_at_border) part.remove_suffix(2);
    std::optional<TokenPattern> pattern = folded(part);
    if (!pattern) return false;
    words.push_back({std::move(*pattern), ends_at_border});
  }
  return true;
}

bool ContextPattern::read_values(std::string_view text, std::vector<TokenPattern>& values) {
  for (const std::string_view part : alternatives(text)) {
    std::optional<TokenPattern> pattern = folded(part);
    if (!pattern) return false;
    values.push_back(std::move(*pattern));
  }
  return true;
}

// VALUE)\b, VALUE)(?:[^...]|$) or VALUE).
bool ContextPattern::read_value_and_end(std::string_view text) {
  if (text.ends_with("|$)")) {
    const std::size_t open = text.rfind(")(?:[^");
    if (open == std::string_view::npos) return false;
    const std::optional<TokenPattern> behind =
        folded(text.substr(open + 4, text.size() - open - 7));
    if (!behind || behind->min_bytes() != 1) return false;
    not_behind_ = behind->first_bytes();
    not_behind_.invert();
    has_not_behind_ = true;
    return read_values(text.substr(0, open), values_);
  }
  ends_at_border_ = text.ends_with("\\b");
  if (ends_at_border_) text.remove_suffix(2);
  if (!text.ends_with(')')) return false;
  if (!read_values(text.substr(0, text.size() - 1), values_)) return false;
  // Where the last count could step back to a border further in front, it would have to.
  return !ends_at_border_ || std::none_of(values_.begin(), values_.end(), [](const auto& value) {
    ByteClass words;
    for (unsigned byte = 0; byte < 256; ++byte)
      if (is_word_byte(static_cast<char>(byte))) words.add(static_cast<unsigned char>(byte));
    ByteClass others = words;
    others.invert();
    return value.variable_end().meets(words) && value.variable_end().meets(others);
  });
}

// NAME(?:.{0,40}?(?:WORDS)[LETTERS]{0,12}SEPARATORS|ASSIGNMENT)(VALUE...
std::optional<ContextPattern> ContextPattern::parse(std::string_view regex, int group) {
  if (group != 1 || !regex.starts_with(kFold)) return std::nullopt;
  regex.remove_prefix(kFold.size());
  const std::size_t gap = regex.find(kGap);
  const std::size_t separators = regex.find(kSeparators);
  if (gap == std::string_view::npos || separators == std::string_view::npos || gap > separators)
    return std::nullopt;
  std::string_view middle = regex.substr(gap + kGap.size(), separators - gap - kGap.size());
  std::string_view rest = regex.substr(separators + kSeparators.size());
  if (!rest.starts_with(kAssignment) || !middle.ends_with(kLetterCount)) return std::nullopt;
  rest.remove_prefix(kAssignment.size());
  const std::size_t letters = middle.rfind(")[");
  if (letters == std::string_view::npos) return std::nullopt;
  const std::string_view letter_class =
      middle.substr(letters + 1, middle.size() - letters - 1 - kLetterCount.size());
  const std::optional<TokenPattern> letter = folded(letter_class);
  ContextPattern pattern;
  std::string_view name = regex.substr(0, gap);
  if (name.starts_with("(?:") && name.ends_with(')')) name = name.substr(3, name.size() - 4);
  if (!letter || !read_words(name, pattern.names_) ||
      !read_words(middle.substr(0, letters), pattern.words_) || !pattern.read_value_and_end(rest))
    return std::nullopt;
  pattern.letters_ = letter->first_bytes();
  for (const Word& word : pattern.words_) pattern.word_begins_.unite(word.pattern.first_bytes());
  return pattern;
}

struct ContextPattern::Search {
  const ContextPattern& pattern;
  std::string_view line;
  std::size_t to;

  std::optional<Secret> value_at(std::size_t at) const {
    for (const TokenPattern& value : pattern.values_) {
      const auto found = value.match(line.substr(at, to - at));
      if (!found) continue;
      const std::size_t end = at + found->end;
      if (pattern.ends_at_border_ && !is_border(line, end)) continue;
      if (pattern.has_not_behind_ && end < to &&
          pattern.not_behind_.has(static_cast<unsigned char>(line[end])))
        continue;
      return Secret{at, end};
    }
    return std::nullopt;
  }

  // Takes up to `left` separators, as many as possible, and the value behind them.
  std::optional<Secret> separated(std::size_t at, int left) const {
    if (left > 0) {
      std::size_t sizes[3];
      for (const std::size_t size : separator_sizes(at, sizes)) {
        if (size == 0) continue;
        if (auto found = separated(at + size, left - 1)) return found;
      }
    }
    return left < kMaxSeparators ? value_at(at) : std::nullopt;
  }

  // In the order of the expression; 0: not.
  const std::size_t (&separator_sizes(std::size_t at, std::size_t (&sizes)[3]) const)[3] {
    sizes[0] = sizes[1] = sizes[2] = 0;
    if (at >= to) return sizes;
    const std::string_view rest = line.substr(at, to - at);
    const char c = rest[0];
    if (c == '\x1b') {
      std::size_t end = 2;
      while (end < rest.size() && end < 10 && (ascii::is_digit(rest[end]) || rest[end] == ';'))
        ++end;
      if (end < rest.size() && rest[1] == '[' && rest[end] == 'm') sizes[0] = end + 1;
    } else if (c == '%' && rest.size() > 2 && ascii::is_hex(rest[1]) && ascii::is_hex(rest[2])) {
      sizes[0] = 3;
    } else if (ascii::starts_with(rest, "u00") && rest.size() > 4 && ascii::is_hex(rest[3]) &&
               ascii::is_hex(rest[4])) {
      sizes[0] = 5;
    }
    if (!ascii::is_alnum(c)) {
      if (c != '\n') sizes[1] = 1;
      return sizes;
    }
    for (const std::string_view filler : kFillers) {
      if (ascii::starts_with(rest, filler)) sizes[2] = filler.size();
    }
    return sizes;
  }

  std::optional<Secret> behind_word(std::size_t at) const {
    std::size_t letters = 0;
    while (letters < kMaxLetters && at + letters < to &&
           pattern.letters_.has(static_cast<unsigned char>(line[at + letters])))
      ++letters;
    for (std::size_t taken = letters + 1; taken-- > 0;) {
      if (auto found = separated(at + taken, kMaxSeparators)) return found;
    }
    return std::nullopt;
  }

  std::optional<Secret> behind_gap(std::size_t from) const {
    for (std::size_t at = from; at < to && at <= from + kMaxGap; ++at) {
      if (!pattern.word_begins_.has(static_cast<unsigned char>(line[at]))) continue;
      for (const Word& word : pattern.words_) {
        const auto found = word.pattern.match(line.substr(at, to - at));
        if (!found || (word.ends_at_border && !is_border(line, at + found->end))) continue;
        if (auto secret = behind_word(at + found->end)) return secret;
      }
    }
    return std::nullopt;
  }

  std::optional<Secret> assigned(std::size_t at) const {
    const auto signs_from = [&](std::size_t from) {
      std::size_t end = from;
      while (end < to && end - from < kMaxSigns &&
             std::string_view("\"'\\ ").find(line[end]) != std::string_view::npos)
        ++end;
      return end;
    };
    const std::size_t sign = signs_from(at);
    if (sign >= to || (line[sign] != ':' && line[sign] != '=')) return std::nullopt;
    const bool is_arrow = line.substr(sign, to - sign).starts_with("=>");
    for (const std::size_t size : {std::size_t{is_arrow ? 2U : 1U}, std::size_t{1}}) {
      const std::size_t begin = sign + size;
      for (std::size_t value = signs_from(begin) + 1; value-- > begin;) {
        if (auto found = value_at(value)) return found;
      }
      if (size == 1) break;
    }
    return std::nullopt;
  }
};

std::optional<Secret> ContextPattern::match(std::string_view line, std::size_t at,
                                            std::size_t to) const {
  const Search search{*this, line, to};
  for (const Word& name : names_) {
    const auto found = name.pattern.match(line.substr(at, to - at));
    if (!found || (name.ends_at_border && !is_border(line, at + found->end))) continue;
    if (auto secret = search.behind_gap(at + found->end)) return secret;
    if (auto secret = search.assigned(at + found->end)) return secret;
  }
  return std::nullopt;
}

}  // namespace logd
