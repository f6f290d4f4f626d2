// SPDX-License-Identifier: Apache-2.0
#include "query/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/closest.h"
#include "logd/record.h"
#include "query/level.h"

namespace logd {
namespace {

constexpr char kEscapeByte = '\x1b';
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kReset = "\x1b[0m";

// Told apart on dark and on light grounds, and none of them red, which is stderr's.
constexpr std::array<std::string_view, 6> kNameColours = {"\x1b[36m", "\x1b[32m", "\x1b[35m",
                                                          "\x1b[34m", "\x1b[96m", "\x1b[95m"};

// A process keeps its colour from one call to the next (FNV-1a).
std::string_view colour_of(const std::string& process) {
  std::uint32_t hash = 2166136261u;
  for (const char c : process) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return kNameColours[hash % kNameColours.size()];
}

// Text of a level that stands out; none for info.
std::string_view colour_of(Level level) {
  switch (level) {
    case Level::trace:
    case Level::debug:
      return kDim;
    case Level::info:
      return {};
    case Level::warn:
      return kYellow;
    case Level::error:
    case Level::fatal:
      return kRed;
  }
  return {};
}

struct NamedFormat {
  std::string_view name;
  Format format;
};
constexpr std::array<NamedFormat, 8> kFormats = {{{"short", Format::short_form},
                                                  {"iso", Format::iso},
                                                  {"json", Format::json},
                                                  {"raw", Format::raw},
                                                  {"cat", Format::cat},
                                                  {"cri", Format::cri},
                                                  {"logfmt", Format::logfmt},
                                                  {"pm2", Format::pm2}}};

// More are not highlighted, so that a line of a megabyte stays cheap.
constexpr std::size_t kMaxHighlights = 1000;

std::string_view type_name(RecordType type) { return type == RecordType::event ? "event" : "line"; }

// For what is not UTF-8, the bytes themselves.
void append_base64_member(std::string& to, std::string_view before, std::string_view content,
                          std::string_view behind) {
  to += before;
  append_base64(to, content);
  to += behind;
}

void append_logfmt(std::string& to, const Line& line, const LogName& log) {
  to += "time=";
  append_json(to, line.time);
  to += "Z process=";
  to += log.process;
  to += " instance=";
  if (log.instance != kNoInstance) to += fmt::format_int(log.instance).str();
  to += " stream=";
  to += stream_name(line.stream);
  to += " run=";
  if (line.run) to += fmt::format_int(*line.run).str();
  to += " type=";
  to += type_name(line.type);
  to += " message=\"";
  const bool is_utf8 = append_json(to, line.content);
  to += '"';
  if (!is_utf8) append_base64_member(to, " message_b64=\"", line.content, "\"");
  to += '\n';
}

// As PM2 writes it with log_type json: milliseconds, "out" or "err", and a number of the process,
// which for us is the instance's.
void append_pm2(std::string& to, const Line& line, const LogName& log) {
  constexpr std::size_t kMillisecondDigits = 23;
  to += R"({"message":")";
  append_json(to, line.content);
  to += R"(","timestamp":")";
  append_json(to, line.time.substr(0, kMillisecondDigits));
  to += R"(Z","type":")";
  to += line.type == RecordType::event ? "process_event"
        : line.stream == Stream::out   ? "out"
                                       : "err";
  to += R"(","process_id":)";
  to += log.instance == kNoInstance ? "0" : fmt::format_int(log.instance).str();
  to += R"(,"app_name":")";
  to += log.process;
  to += "\"}\n";
}

}  // namespace

Result<Format> parse_format(std::string_view name) {
  std::string known;
  std::vector<std::string> names;
  for (const NamedFormat& format : kFormats) {
    if (format.name == name) return format.format;
    known += known.empty() ? "" : &format == &kFormats.back() ? " or " : ", ";
    known += format.name;
    names.emplace_back(format.name);
  }
  std::string shown;
  append_visible(shown, name.substr(0, 40), Colours::strip);
  const auto meant = closest(name, names);
  return fail(ErrorCode::invalid, fmt::format("-o is {}, not '{}'{}", known, shown,
                                              meant ? "; did you mean " + *meant + "?" : ""));
}

Renderer::Renderer(RenderOptions options)
    : options_(std::move(options)), time_format_(options_.zone) {}

void Renderer::append(std::string& to, const Line& line, const LogName& log) {
  switch (options_.format) {
    case Format::short_form:
    case Format::iso:
      append_text(to, line, log);
      append_message(to, line.content);
      to += '\n';
      return;
    case Format::cat:
      append_prefix(to, line, log);
      append_message(to, line.content);
      to += '\n';
      return;
    case Format::json:
      append_json_object(to, line, log);
      return;
    case Format::logfmt:
      append_logfmt(to, line, log);
      return;
    case Format::pm2:
      append_pm2(to, line, log);
      return;
    case Format::raw:
      append_prefix(to, line, log);
      append_bytes(to, line.content);
      if (line.has_newline) to += '\n';
      return;
    case Format::cri:
      append_bytes(to, line.record);
      to += '\n';
      return;
  }
}

// Of the formats that have a name only if it is wanted.
void Renderer::append_prefix(std::string& to, const Line& line, const LogName& log) {
  if (!options_.show_name) return;
  append_name(to, log);
  append_mark(to, line);
}

// Byte for byte, but for a terminal.
void Renderer::append_bytes(std::string& to, std::string_view bytes) {
  if (!options_.is_terminal) {
    to += bytes;
    return;
  }
  find_highlights(bytes);
  append_visible(to, bytes, options_.is_coloured ? Colours::keep : Colours::strip, marked_);
}

void Renderer::append_message(std::string& to, std::string_view content) {
  if (!options_.is_coloured) {
    append_visible(to, content, Colours::strip);
    return;
  }
  std::string_view colour;
  if (content.find(kEscapeByte) == std::string_view::npos) {
    fields_.set_line(content);
    if (const auto level = level_of(fields_, content)) colour = colour_of(*level);
  }
  to += colour;
  find_highlights(content);
  append_visible(to, content, Colours::keep, marked_);
  if (!colour.empty()) to += kReset;
}

// Fills in marked_, in order and without overlaps.
void Renderer::find_highlights(std::string_view content) {
  marked_.clear();
  if (!options_.is_coloured) return;
  for (const TextMatcher* highlight : options_.highlights) {
    for (std::size_t from = 0; marked_.size() < kMaxHighlights;) {
      const auto found = highlight->find(content, from);
      if (!found) break;
      if (found->end > found->begin) marked_.push_back(*found);
      from = std::max(found->end, found->begin + 1);
    }
  }
  std::sort(marked_.begin(), marked_.end(),
            [](const ByteRange& a, const ByteRange& b) { return a.begin < b.begin; });
  std::size_t kept = 0;
  for (const ByteRange& range : marked_) {
    if (kept > 0 && range.begin <= marked_[kept - 1].end) {
      marked_[kept - 1].end = std::max(marked_[kept - 1].end, range.end);
    } else {
      marked_[kept++] = range;
    }
  }
  marked_.resize(kept);
}

// Everything before the content.
void Renderer::append_text(std::string& to, const Line& line, const LogName& log) {
  if (options_.is_coloured) to += kDim;
  append_time(to, line.time);
  if (options_.is_coloured) to += kReset;
  to += ' ';
  if (options_.show_name) append_name(to, log);
  append_mark(to, line);
}

void Renderer::append_time(std::string& to, std::string_view time) {
  const auto parsed = parse_time(time);
  if (!parsed) {
    // A damaged time is better than a missing line.
    append_visible(to, time, Colours::strip);
  } else if (options_.format == Format::iso) {
    time_format_.append_iso(to, *parsed);
  } else {
    time_format_.append_clock(to, *parsed);
  }
}

void Renderer::append_name(std::string& to, const LogName& log) {
  const std::string name = log.directory();
  if (options_.is_coloured) to += colour_of(log.process);
  to += name;
  if (options_.is_coloured) to += kReset;
  if (name.size() < options_.name_width) to.append(options_.name_width - name.size(), ' ');
  to += ' ';
}

// Says what kind of line it is: '|' stdout, '!' stderr, '*' event.
void Renderer::append_mark(std::string& to, const Line& line) {
  const bool is_event = line.type == RecordType::event;
  const bool is_plain = !is_event && line.stream == Stream::out;
  if (options_.is_coloured && !is_plain) to += is_event ? kYellow : kRed;
  to += is_event ? '*' : is_plain ? '|' : '!';
  if (options_.is_coloured && !is_plain) to += kReset;
  to += ' ';
}

void Renderer::append_json_object(std::string& to, const Line& line, const LogName& log) {
  to += R"({"v":1,"time":")";
  append_json(to, line.time);
  to += R"(Z","process":")";
  to += log.process;
  to += R"(","instance":)";
  if (log.instance == kNoInstance) {
    to += "null";
  } else {
    to += fmt::format_int(log.instance).str();
  }
  to += R"(,"stream":")";
  to += stream_name(line.stream);
  to += R"(","run":)";
  if (line.run) {
    to += fmt::format_int(*line.run).str();
  } else {
    to += "null";
  }
  to += R"(,"type":")";
  to += type_name(line.type);
  to += R"(","message":")";
  const bool is_utf8 = append_json(to, line.content);
  to += '"';
  if (!is_utf8) append_base64_member(to, R"(,"message_b64":")", line.content, "\"");
  to += "}\n";
}

}  // namespace logd
