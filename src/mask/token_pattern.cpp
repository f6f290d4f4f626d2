// SPDX-License-Identifier: Apache-2.0
#include "mask/token_pattern.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "mask/ascii.h"

namespace logd {
namespace {

constexpr std::uint32_t kNoLimit = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kMaxBranches = 64;

void add_range(ByteClass& bytes, unsigned char first, unsigned char last) {
  for (unsigned byte = first; byte <= last; ++byte) bytes.add(static_cast<unsigned char>(byte));
}

// \d, \w and \s as RE2 has them: ASCII only.
std::optional<ByteClass> perl_class(char letter) {
  ByteClass bytes;
  switch (letter) {
    case 'd':
      add_range(bytes, '0', '9');
      return bytes;
    case 'w':
      add_range(bytes, '0', '9');
      add_range(bytes, 'A', 'Z');
      add_range(bytes, 'a', 'z');
      bytes.add('_');
      return bytes;
    case 's':
      for (const char c : std::string_view("\t\n\f\r ")) bytes.add(static_cast<unsigned char>(c));
      return bytes;
    default:
      return std::nullopt;
  }
}

}  // namespace

void ByteClass::fold_case() {
  for (unsigned char upper = 'A'; upper <= 'Z'; ++upper) {
    const auto lower = static_cast<unsigned char>(upper - 'A' + 'a');
    if (has(upper) || has(lower)) {
      add(upper);
      add(lower);
    }
  }
}

// Reads the text of the expression from left to right; any surprise ends it with nothing.
class TokenPattern::Parser {
 public:
  Parser(std::string_view regex, int group) : rest_(regex), group_(group) {}

  std::optional<std::vector<Branch>> read() {
    if (group_ > 1) return std::nullopt;
    if (take("(?i)")) folds_ = true;
    if (!read_prefixes()) return std::nullopt;
    while (!rest_.empty()) {
      if (!read_piece()) return std::nullopt;
    }
    if (is_open_ || (group_ == 1 && !has_group_)) return std::nullopt;
    return finish();
  }

 private:
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  // (?:abc|abd) at the beginning: a branch for each, of plain elements.
  bool read_prefixes() {
    prefixes_.emplace_back();
    if (!take("(?:")) return true;
    while (!take(")")) {
      if (take("|")) {
        prefixes_.emplace_back();
        if (prefixes_.size() > kMaxBranches) return false;
        continue;
      }
      if (!read_element(prefixes_.back())) return false;
    }
    return rest_.empty() || std::string_view("?*+{").find(rest_.front()) == std::string_view::npos;
  }

  bool read_piece() {
    if (rest_.starts_with("(?")) return false;
    if (take("(")) {
      if (has_group_) return false;
      has_group_ = is_open_ = true;
      group_first_ = elements_.size();
      return true;
    }
    if (take(")")) {
      if (!is_open_) return false;
      is_open_ = false;
      group_last_ = elements_.size();
      return rest_.empty() ||
             std::string_view("?*+{").find(rest_.front()) == std::string_view::npos;
    }
    return read_element(elements_);
  }

  bool read_element(std::vector<Element>& to) {
    Element element;
    if (!read_bytes(element.bytes) || !read_count(element)) return false;
    if (folds_) element.bytes.fold_case();
    to.push_back(element);
    return true;
  }

  bool read_bytes(ByteClass& bytes) {
    if (rest_.empty()) return false;
    if (take("[")) return read_class(bytes);
    if (take("\\")) return read_escape(bytes);
    const char c = rest_.front();
    if (std::string_view("()|?*+{}^$").find(c) != std::string_view::npos) return false;
    bytes.add(static_cast<unsigned char>(c));
    if (c == '.') {
      bytes = ByteClass();
      bytes.add('\n');
      bytes.invert();
    }
    rest_.remove_prefix(1);
    return true;
  }

  // Behind the backslash.
  bool read_escape(ByteClass& bytes) {
    if (rest_.empty()) return false;
    const char c = rest_.front();
    if (const std::optional<ByteClass> perl = perl_class(c)) {
      bytes.unite(*perl);
    } else if (ascii::is_alnum(c)) {
      return false;  // \b, \x41, \Q: left to the engine
    } else {
      bytes.add(static_cast<unsigned char>(c));
    }
    rest_.remove_prefix(1);
    return true;
  }

  // Behind the bracket.
  bool read_class(ByteClass& bytes) {
    const bool is_inverted = take("^");
    bool is_first = true;
    while (is_first || !rest_.starts_with("]")) {
      if (rest_.empty() || rest_.starts_with("[:")) return false;
      if (!read_range(bytes)) return false;
      is_first = false;
    }
    rest_.remove_prefix(1);
    if (is_inverted) {
      if (folds_) bytes.fold_case();
      bytes.invert();
    }
    return true;
  }

  bool read_range(ByteClass& bytes) {
    if (take("\\")) {
      // A range that begins with an escape is rare enough to be left to the engine.
      return read_escape(bytes) && (rest_.size() < 2 || rest_[0] != '-' || rest_[1] == ']');
    }
    const auto first = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    if (rest_.size() < 2 || rest_[0] != '-' || rest_[1] == ']') {
      bytes.add(first);
      return true;
    }
    const auto last = static_cast<unsigned char>(rest_[1]);
    if (last == '\\' || last < first) return false;
    rest_.remove_prefix(2);
    add_range(bytes, first, last);
    return true;
  }

  bool read_count(Element& element) {
    if (take("?")) {
      element.min = 0;
    } else if (take("*")) {
      element.min = 0;
      element.max = kNoLimit;
    } else if (take("+")) {
      element.max = kNoLimit;
    } else if (take("{")) {
      if (!read_number(element.min)) return false;
      element.max = element.min;
      if (take(",")) {
        element.max = kNoLimit;
        if (!rest_.starts_with("}") && !read_number(element.max)) return false;
      }
      if (!take("}") || element.max < element.min) return false;
    } else {
      return true;
    }
    // A lazy count, or a count of a count.
    return rest_.empty() || std::string_view("?*+{").find(rest_.front()) == std::string_view::npos;
  }

  bool read_number(std::uint32_t& number) {
    number = 0;
    std::size_t digits = 0;
    while (!rest_.empty() && ascii::is_digit(rest_.front()) && digits < 5) {
      number = number * 10 + static_cast<std::uint32_t>(rest_.front() - '0');
      rest_.remove_prefix(1);
      ++digits;
    }
    return digits > 0;
  }

  std::vector<Branch> finish() const {
    std::vector<Branch> branches;
    for (const std::vector<Element>& prefix : prefixes_) {
      Branch branch;
      branch.elements = prefix;
      branch.elements.insert(branch.elements.end(), elements_.begin(), elements_.end());
      branch.secret_last = branch.elements.size();
      if (group_ == 1) {
        branch.secret_first = prefix.size() + group_first_;
        branch.secret_last = prefix.size() + group_last_;
      }
      branches.push_back(std::move(branch));
    }
    return branches;
  }

  std::string_view rest_;
  int group_;
  bool folds_ = false;
  bool has_group_ = false;
  bool is_open_ = false;
  std::size_t group_first_ = 0;
  std::size_t group_last_ = 0;
  std::vector<std::vector<Element>> prefixes_;
  std::vector<Element> elements_;
};

// Taking all that a count allows is right only if what is taken could not have been meant for what
// follows.
bool TokenPattern::needs_no_step_back(const Branch& branch) {
  const std::vector<Element>& elements = branch.elements;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (elements[i].min == elements[i].max) continue;
    for (std::size_t next = i + 1; next < elements.size(); ++next) {
      if (elements[i].bytes.meets(elements[next].bytes)) return false;
      if (elements[next].min > 0) break;
    }
  }
  return true;
}

std::optional<TokenPattern> TokenPattern::parse(std::string_view regex, int group) {
  std::optional<std::vector<Branch>> branches = Parser(regex, group).read();
  if (!branches) return std::nullopt;
  TokenPattern pattern;
  pattern.min_bytes_ = std::numeric_limits<std::size_t>::max();
  for (const Branch& branch : *branches) {
    if (!needs_no_step_back(branch)) return std::nullopt;
    std::size_t bytes = 0;
    for (const Element& element : branch.elements) bytes += element.min;
    pattern.min_bytes_ = std::min(pattern.min_bytes_, bytes);
  }
  if (pattern.min_bytes_ == 0) return std::nullopt;
  pattern.branches_ = std::move(*branches);
  return pattern;
}

ByteClass TokenPattern::first_bytes() const {
  ByteClass bytes;
  for (const Branch& branch : branches_) {
    for (const Element& element : branch.elements) {
      bytes.unite(element.bytes);
      if (element.min > 0) break;
    }
  }
  return bytes;
}

ByteClass TokenPattern::variable_end() const {
  ByteClass bytes;
  for (const Branch& branch : branches_) {
    const Element& last = branch.elements.back();
    if (last.min != last.max) bytes.unite(last.bytes);
  }
  return bytes;
}

std::optional<TokenPattern::Match> TokenPattern::match(const Branch& branch, std::string_view text,
                                                       std::size_t& looked) {
  Match match;
  std::size_t at = 0;
  const std::vector<Element>& elements = branch.elements;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (i == branch.secret_first) match.secret_begin = at;
    const Element& element = elements[i];
    const std::size_t most = std::min<std::size_t>(text.size() - at, element.max);
    std::size_t count = 0;
    while (count < most && element.bytes.has(static_cast<unsigned char>(text[at + count]))) ++count;
    looked += count;
    if (count < element.min) return std::nullopt;
    at += count;
    if (i + 1 == branch.secret_last) match.secret_end = at;
  }
  match.end = at;
  return match;
}

std::optional<TokenPattern::Match> TokenPattern::match(std::string_view text,
                                                       std::size_t& looked) const {
  for (const Branch& branch : branches_) {
    if (const std::optional<Match> found = match(branch, text, looked)) return found;
  }
  return std::nullopt;
}

}  // namespace logd
