// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>

#include "query/render.h"

using namespace logd;

namespace {

const LogName kWeb{"web", kNoInstance};
const LogName kSecond{"web", 2};
constexpr std::string_view kTime = "2026-11-21T22:17:00.123456789";

Line line_of(std::string_view content, Stream stream = Stream::out) {
  Line line;
  line.time = kTime;
  line.content = content;
  line.stream = stream;
  return line;
}

Line event_of(std::string_view content) {
  Line line = line_of(content, Stream::err);
  line.type = RecordType::event;
  return line;
}

std::string render(const RenderOptions& options, const Line& line, const LogName& log = kWeb) {
  RenderOptions in_utc = options;
  in_utc.zone = Zone::utc;
  Renderer renderer(in_utc);
  std::string text;
  renderer.append(text, line, log);
  return text;
}

RenderOptions as(Format format) {
  RenderOptions options;
  options.format = format;
  return options;
}

}  // namespace

TEST_CASE("Renderer: short tells stdout, stderr and events apart", "[query]") {
  CHECK(render(as(Format::short_form), line_of("hello")) == "22:17:00.123 | hello\n");
  CHECK(render(as(Format::short_form), line_of("oh", Stream::err)) == "22:17:00.123 ! oh\n");
  CHECK(render(as(Format::short_form), event_of("rotated")) == "22:17:00.123 * rotated\n");
}

TEST_CASE("Renderer: names stand before the line, padded if wanted", "[query]") {
  RenderOptions options = as(Format::short_form);
  options.show_name = true;
  CHECK(render(options, line_of("a"), kSecond) == "22:17:00.123 web@2 | a\n");
  options.name_width = 8;
  CHECK(render(options, line_of("a"), kWeb) == "22:17:00.123 web      | a\n");
}

TEST_CASE("Renderer: iso has all digits and the offset", "[query]") {
  CHECK(render(as(Format::iso), line_of("hello")) == "2026-11-21T22:17:00.123456789Z | hello\n");
}

TEST_CASE("Renderer: a time that is none is shown as it is", "[query]") {
  Line line = line_of("x");
  line.time = "2026-99-21T22:17:00.123456789";
  CHECK(render(as(Format::short_form), line) == "2026-99-21T22:17:00.123456789 | x\n");
}

TEST_CASE("Renderer: json is the object of the contract", "[query]") {
  CHECK(render(as(Format::json), line_of("say \"hi\"")) ==
        R"({"v":1,"time":"2026-11-21T22:17:00.123456789Z","process":"web","instance":null,)"
        R"("stream":"stdout","run":null,"type":"line","message":"say \"hi\""})"
        "\n");
  Line event = event_of("started run 7: x");
  event.run = 7;
  CHECK(render(as(Format::json), event, kSecond) ==
        R"({"v":1,"time":"2026-11-21T22:17:00.123456789Z","process":"web","instance":2,)"
        R"("stream":"stderr","run":7,"type":"event","message":"started run 7: x"})"
        "\n");
}

TEST_CASE("Renderer: json carries bytes that are not UTF-8", "[query]") {
  const std::string text = render(as(Format::json), line_of("\xff"));
  CHECK(text.find("\"message\":\"\xef\xbf\xbd\",\"message_b64\":\"/w==\"}\n") != std::string::npos);
}

TEST_CASE("Renderer: raw is the content, with a newline if there was one", "[query]") {
  Line line = line_of(std::string_view("a\0\r\x1b[31m\xff", 9));
  CHECK(render(as(Format::raw), line) == std::string(line.content) + "\n");
  line.has_newline = false;
  CHECK(render(as(Format::raw), line) == line.content);
}

TEST_CASE("Renderer: a terminal never gets raw control bytes", "[query]") {
  RenderOptions options = as(Format::raw);
  options.is_terminal = true;
  options.is_coloured = true;
  CHECK(render(options, line_of("\x1b[31mred")) == "\x1b[31mred\x1b[0m\n");
  CHECK(render(options, line_of("\x1b[2J")).find("\x1b[2J") == std::string::npos);
  options.is_coloured = false;
  CHECK(render(options, line_of("\x1b[31mred\r")) == "red\\x0d\n");

  options.format = Format::cri;
  Line line = line_of("x\x07");
  line.record = "2026-11-21T22:17:00.123456789Z stdout F x\x07";
  CHECK(render(options, line) == "2026-11-21T22:17:00.123456789Z stdout F x\\x07\n");
}

TEST_CASE("Renderer: cri is the stored record", "[query]") {
  Line line = line_of("x\x07");
  line.record = "2026-11-21T22:17:00.123456789Z stdout P x\x07";
  line.has_newline = false;
  RenderOptions options = as(Format::cri);
  options.show_name = true;
  CHECK(render(options, line) == std::string(line.record) + "\n");
}

TEST_CASE("Renderer: colours mark time, name and stream, and end where they should", "[query]") {
  RenderOptions options = as(Format::short_form);
  options.is_coloured = true;
  options.show_name = true;
  const std::string text = render(options, line_of("x", Stream::err));
  CHECK(text.starts_with("\x1b[2m22:17:00.123\x1b[0m "));
  CHECK(text.find("\x1b[31m!\x1b[0m x\n") != std::string::npos);
  CHECK(render(options, line_of("x"), kWeb).substr(0, 25) ==
        render(options, line_of("y"), kSecond).substr(0, 25));  // the process's own colour
}
