// SPDX-License-Identifier: Apache-2.0
#include "config/config_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "config/syntax_hints.h"

namespace logd {
namespace {

constexpr int kMaxSyntaxProblems = 50;

std::vector<std::size_t> begins_of_lines(std::string_view contents) {
  std::vector<std::size_t> begins = {0};
  for (std::size_t end = contents.find('\n'); end != std::string_view::npos;
       end = contents.find('\n', end + 1))
    begins.push_back(end + 1);
  return begins;
}

// True for a [table] that stands twice.
bool is_second_table(std::string_view line, const TomlProblem& problem) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return problem.place.line > 1 && line.starts_with('[') && !line.starts_with("[[") &&
         problem.message.find("cannot redefine existing table") != std::string::npos;
}

// The key that a line sets.
std::string_view key_of(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return line.substr(0, line.find_first_of(" \t="));
}

class Parser {
 public:
  explicit Parser(ConfigDocument& document) : document_(document) {}

  void parse(std::string contents) {
    while (true) {
      auto parsed = parse_toml(contents);
      if (auto* root = std::get_if<TomlValue>(&parsed)) {
        document_.parts.push_back(std::move(*root));
        return;
      }
      const TomlProblem& problem = std::get<TomlProblem>(parsed);
      const std::uint32_t number = problem.place.line;
      if (is_second_table(document_.line(number), problem)) return parse_apart(contents, number);
      if (!take(problem)) return;
      // Without this line, the rest can be read.
      std::fill_n(contents.begin() + static_cast<std::ptrdiff_t>(document_.lines[number - 1]),
                  document_.line(number).size(), ' ');
    }
  }

 private:
  // The rest of the file by itself, in its place.
  void parse_apart(const std::string& contents, std::uint32_t number) {
    const std::size_t begin = document_.lines[number - 1];
    std::string rest = contents;
    for (std::size_t i = 0; i < begin; ++i)
      if (rest[i] != '\n') rest[i] = ' ';
    parse(contents.substr(0, begin));
    parse(std::move(rest));
  }

  // Returns whether the rest can be read without this line.
  bool take(const TomlProblem& problem) {
    auto hint = second_key(problem);
    if (!hint) hint = syntax_hint(document_.line(problem.place.line), problem);
    const TomlPlace place = hint ? TomlPlace{problem.place.line, hint->column} : problem.place;
    const bool is_optional = hint && hint->is_of_line_only &&
                             !is_needed_by_logctl(key_of(document_.line(problem.place.line)));
    document_.problems.push_back({document_.at(place), hint ? hint->message : problem.message,
                                  ProblemKind::error, is_optional});
    return hint && hint->is_of_line_only && ++taken_ < kMaxSyntaxProblems;
  }

  // A key that its table has already.
  std::optional<SyntaxHint> second_key(const TomlProblem& problem) const {
    if (problem.message.find("cannot redefine existing") == std::string::npos) return std::nullopt;
    const std::string_view line = document_.line(problem.place.line);
    const std::string_view key = key_of(line);
    if (key.empty() || key.front() == '[') return std::nullopt;
    const auto column = static_cast<std::uint32_t>(key.data() - line.data()) + 1;
    for (std::uint32_t before = problem.place.line - 1; before > 0; --before) {
      if (key_of(document_.line(before)) == key)
        return SyntaxHint{column, fmt::format("{} is set twice, in line {} too", key, before),
                          true};
    }
    return SyntaxHint{column, fmt::format("{} is set twice", key), true};
  }

  ConfigDocument& document_;
  int taken_ = 0;
};

}  // namespace

std::string_view ConfigDocument::line(std::uint32_t number) const {
  if (number == 0 || number > lines.size()) return {};
  const std::string_view rest = std::string_view(contents).substr(lines[number - 1]);
  const std::string_view line = rest.substr(0, rest.find('\n'));
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

ConfigPlace ConfigDocument::at(TomlPlace place) const {
  return {file, place.line, place.column, with_caret(line(place.line), place.column)};
}

ConfigDocument parse_document(std::string file, std::string contents) {
  ConfigDocument document{std::move(file), std::move(contents), {}, {}, {}};
  document.lines = begins_of_lines(document.contents);
  if (document.contents.starts_with("\xff\xfe") || document.contents.starts_with("\xfe\xff")) {
    document.problems.push_back(
        {{document.file, 1, 1, {}}, "the file is UTF-16; save it as UTF-8", ProblemKind::error});
    return document;
  }
  Parser(document).parse(document.contents);
  return document;
}

}  // namespace logd
