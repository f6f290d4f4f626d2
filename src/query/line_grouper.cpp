// SPDX-License-Identifier: Apache-2.0
#include "query/line_grouper.h"

#include <algorithm>

namespace logd {
namespace {

constexpr std::string_view kTraceback = "Traceback (most recent call last):";
constexpr std::size_t kMaxNameBytes = 200;  // of an exception's class

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_name_byte(char c) {
  return is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '$' || c == '.' ||
         c == '`';
}

bool is_indented(std::string_view line) {
  return !line.empty() && (line.front() == ' ' || line.front() == '\t');
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// "}", "])", "});": the end of what was printed over several lines.
bool is_closing(std::string_view line) {
  return !line.empty() && line.size() <= 4 &&
         line.find_first_not_of("}]),;\r") == std::string_view::npos;
}

// The name that the line begins with: up to a byte that cannot be in one.
std::string_view leading_name(std::string_view line) {
  std::size_t end = 0;
  while (end < line.size() && end < kMaxNameBytes && is_name_byte(line[end])) ++end;
  return line.substr(0, end);
}

bool names_exception(std::string_view name) {
  return name.ends_with("Exception") || name.ends_with("Error") || name.ends_with("Throwable") ||
         name.ends_with("Failure");
}

// "java.lang.IllegalStateException: text", "System.IO.IOException": a class in a package.
bool begins_trace_of_class(std::string_view line) {
  const std::string_view name = leading_name(line);
  const std::size_t dot = name.find_last_of('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 >= name.size()) return false;
  const std::string_view behind = line.substr(name.size());
  return is_upper(name[dot + 1]) && names_exception(name) &&
         (behind.empty() || behind.front() == ':' || behind.front() == '\r');
}

// "ValueError: text", "KeyError", "pkg.mod.CustomError: text", also "Error [ERR_X]: text"
bool is_exception_line(std::string_view line) {
  const std::string_view name = leading_name(line);
  if (name.empty() || is_digit(name.front()) || name.front() == '.') return false;
  const std::string_view behind = line.substr(name.size());
  return behind.empty() || behind == ":" || behind.starts_with(": ") || behind.front() == '\r' ||
         behind.starts_with(" [");
}

// "goroutine 18 [running]:"
bool is_goroutine(std::string_view line) {
  if (!line.starts_with("goroutine ")) return false;
  const std::size_t end = line.find_first_not_of("0123456789", 10);
  return end != std::string_view::npos && end > 10 && line.substr(end).starts_with(" [");
}

// "main.(*Server).run(0xc000010000, 0x1)": a call of Go.
bool is_go_call(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!line.ends_with(')') && !line.ends_with("...")) return false;
  const std::size_t space = line.find(' ');
  const std::size_t bracket = line.find('(');
  return bracket != std::string_view::npos && bracket > 0 && space > bracket;
}

// "app/models/user.rb:12:in `save'", but not the first line, which has the message behind it
bool is_ruby_frame(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!line.ends_with('\'')) return false;
  const std::size_t file = line.find(".rb:");
  if (file == std::string_view::npos || line.find(' ') < file) return false;
  const std::size_t end = line.find_first_not_of("0123456789", file + 4);
  return end != std::string_view::npos && end > file + 4 && line.substr(end).starts_with(":in ");
}

// "    ^^^^"
bool is_caret(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first != std::string_view::npos && first > 0 && line[first] == '^' &&
         line.find_first_not_of("^~ \r", first) == std::string_view::npos;
}

bool is_frame_of_php(std::string_view line) {
  return line.size() > 2 && line[0] == '#' && is_digit(line[1]);
}

// What never begins anything; one look at the first byte turns nearly all lines down.
bool only_goes_on(std::string_view line) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> begins) {
    return std::any_of(begins.begin(), begins.end(),
                       [&](std::string_view begin) { return line.starts_with(begin); });
  };
  switch (line.front()) {
    case 'C':
      return line.starts_with("Caused by: ");
    case 'S':
      return is_one_of({"Suppressed: ", "Stack trace:"});
    case 'N':
      return line.starts_with("Node.js v");
    case '.':
      return line.starts_with("... ") && line.find(" more") != std::string_view::npos;
    case '-':
      return line.starts_with("--- End of ");
    case '[':
      return line.starts_with("[signal ");
    case 'g':
      return is_goroutine(line);
    case 'c':
      return line.starts_with("created by ");
    case 's':
      return line.starts_with("stack backtrace:");
    case 'n':
      return line.starts_with("note: run with `RUST_BACKTRACE");
    default:
      return false;
  }
}

}  // namespace

LineGrouper::Place LineGrouper::take(std::string_view line, WallTime time) {
  const bool is_more = lines_ > 0 && time - last_time_ <= kMaxGap && lines_ < kMaxLines &&
                       bytes_ + line.size() <= kMaxBytes && goes_on(line, time);
  if (is_more) {
    ++lines_;
    bytes_ += line.size();
  } else {
    lines_ = 1;
    bytes_ = line.size();
    waiting_ = Waiting::nothing;
    begin(line);
  }
  was_indented_ = is_indented(line);
  last_time_ = time;
  return is_more ? Place::goes_on : Place::begins;
}

// What the first line of a group, or one that goes on like one, makes the group wait for.
void LineGrouper::begin(std::string_view line) {
  if (line.starts_with(kTraceback)) {
    waiting_ = Waiting::exception;
  } else if (line.starts_with("panic: ") || line.starts_with("fatal error: ") ||
             is_goroutine(line)) {
    waiting_ = Waiting::calls;
  } else if (line.starts_with("thread '") && line.find(" panicked at ") != std::string_view::npos) {
    waiting_ = line.ends_with(':') ? Waiting::message : Waiting::nothing;
  } else if (line.starts_with("Stack trace:")) {
    waiting_ = Waiting::frames;
  } else if (line.ends_with("):") && names_exception(leading_name(line))) {
    waiting_ = Waiting::ruby;
  }
}

bool LineGrouper::goes_on(std::string_view line, WallTime time) {
  if (is_blank(line)) return is_waited_for(line);
  if (is_indented(line)) {
    if (is_caret(line) && waiting_ == Waiting::nothing) waiting_ = Waiting::node_error;
    return true;
  }
  if (only_goes_on(line)) {
    begin(line);
    return true;
  }
  if (is_waited_for(line)) return true;
  if ((was_indented_ && is_closing(line)) || is_ruby_frame(line)) return true;
  const bool reports = time - last_time_ <= kMaxReportGap && !was_indented_ && lines_ == 1 &&
                       (line.starts_with(kTraceback) || begins_trace_of_class(line));
  if (reports) begin(line);
  return reports;
}

bool LineGrouper::is_waited_for(std::string_view line) {
  const bool blank = is_blank(line);
  switch (waiting_) {
    case Waiting::nothing:
      return false;
    case Waiting::exception:
      if (blank || !was_indented_) return false;
      waiting_ = Waiting::chain;
      return is_exception_line(line);
    case Waiting::chain:
      if (line.starts_with(kTraceback)) {
        waiting_ = Waiting::exception;
        return true;
      }
      return blank || line.starts_with("During handling of the above exception") ||
             line.starts_with("The above exception was the direct cause");
    case Waiting::calls:
      return blank || is_go_call(line) || line.starts_with("exit status ");
    case Waiting::node_error:
      if (blank) return true;
      waiting_ = Waiting::node_end;
      return is_exception_line(line);
    case Waiting::node_end:
      return blank;
    case Waiting::message:
      waiting_ = Waiting::nothing;
      return !blank;
    case Waiting::frames:
      return is_frame_of_php(line);
    case Waiting::ruby:
      return blank;
  }
  return false;
}

}  // namespace logd
