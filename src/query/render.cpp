// SPDX-License-Identifier: Apache-2.0
#include "query/render.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "logd/record.h"

namespace logd {
namespace {

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

}  // namespace

Renderer::Renderer(RenderOptions options) : options_(options), time_format_(options.zone) {}

void Renderer::append(std::string& to, const Line& line, const LogName& log) {
  const Colours colours = options_.is_coloured ? Colours::keep : Colours::strip;
  switch (options_.format) {
    case Format::short_form:
    case Format::iso:
      append_text(to, line, log);
      append_visible(to, line.content, colours);
      to += '\n';
      return;
    case Format::json:
      append_json_object(to, line, log);
      return;
    case Format::raw:
      if (options_.show_name) {
        append_name(to, log);
        append_mark(to, line);
      }
      if (options_.is_terminal) {
        append_visible(to, line.content, colours);
      } else {
        to += line.content;
      }
      if (line.has_newline) to += '\n';
      return;
    case Format::cri:
      if (options_.is_terminal) {
        append_visible(to, line.record, colours);
      } else {
        to += line.record;
      }
      to += '\n';
      return;
  }
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
  to += line.type == RecordType::event ? R"(,"type":"event","message":")"
                                       : R"(,"type":"line","message":")";
  const bool is_utf8 = append_json(to, line.content);
  to += '"';
  if (!is_utf8) {
    to += R"(,"message_b64":")";
    append_base64(to, line.content);
    to += '"';
  }
  to += "}\n";
}

}  // namespace logd
