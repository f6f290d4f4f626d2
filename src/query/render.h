// Writes lines and events in the formats of `-o`, byte for byte as logctl(1) says.
//
// What is shown and in which order is merge.h's business. Pure. One thread at a time per object.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_format.h"
#include "logd/names.h"
#include "logd/result.h"
#include "query/escape.h"
#include "query/line.h"
#include "query/line_fields.h"
#include "query/text_matcher.h"

namespace logd {

enum class Format : std::uint8_t {
  short_form,  // 22:17:00.123 web | message
  iso,         // 2026-11-21T23:17:00.123456789+01:00 web | message
  json,        // an object a line
  raw,         // the content, byte for byte
  cat,         // the content, as short shows it, and a newline
  cri,         // the stored record, byte for byte
  logfmt,      // time=... process=web instance= stream=stdout run= type=line message="..."
  pm2,         // the object of PM2's log_type json: five keys, without the newline in message
};

// The name that -o takes. Errors: invalid, with all of them and the one that was probably meant.
Result<Format> parse_format(std::string_view name);

struct RenderOptions {
  Format format = Format::short_form;
  Zone zone = Zone::local;
  bool show_name = false;    // not in objects, which always have it, and not in cri
  bool is_terminal = false;  // raw and cri then spell out what a terminal would act on
  // short, iso and cat: names, marks and messages by their level (level.h), unless a message has
  // colours of its own; kept colours and highlights wherever bytes are spelled out.
  bool is_coloured = false;
  std::size_t name_width = 0;  // names are padded to it
  // What they match is shown in reverse video where there are colours. Must outlive the renderer.
  std::vector<const TextMatcher*> highlights;
};

class Renderer {
 public:
  explicit Renderer(RenderOptions options);

  // Appends `line` of `log` to `to`.
  void append(std::string& to, const Line& line, const LogName& log);

  void set_show_name(bool show_name, std::size_t name_width) {
    options_.show_name = show_name;
    options_.name_width = name_width;
  }

 private:
  void append_text(std::string& to, const Line& line, const LogName& log);
  void append_prefix(std::string& to, const Line& line, const LogName& log);
  void append_message(std::string& to, std::string_view content);
  void append_bytes(std::string& to, std::string_view bytes);
  void find_highlights(std::string_view content);
  void append_json_object(std::string& to, const Line& line, const LogName& log);
  void append_time(std::string& to, std::string_view time);
  void append_name(std::string& to, const LogName& log);
  void append_mark(std::string& to, const Line& line);

  RenderOptions options_;
  TimeFormat time_format_;
  LineFields fields_;
  std::vector<ByteRange> marked_;
};

}  // namespace logd
