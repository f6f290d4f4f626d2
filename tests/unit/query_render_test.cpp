// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "query/line_fields.h"
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

TEST_CASE("Renderer: cat is the content alone, made harmless", "[query]") {
  CHECK(render(as(Format::cat), line_of("a\r\x1b[31mb")) == "a\\x0db\n");
  Line line = line_of("no newline");
  line.has_newline = false;
  CHECK(render(as(Format::cat), line) == "no newline\n");
  RenderOptions options = as(Format::cat);
  options.show_name = true;
  CHECK(render(options, line_of("a", Stream::err)) == "web ! a\n");
}

TEST_CASE("Renderer: logfmt has the members of json", "[query]") {
  CHECK(render(as(Format::logfmt), line_of("say \"hi\" \\")) ==
        "time=2026-11-21T22:17:00.123456789Z process=web instance= stream=stdout run= type=line "
        "message=\"say \\\"hi\\\" \\\\\"\n");
  Line event = event_of("exit 1");
  event.run = 7;
  CHECK(render(as(Format::logfmt), event, kSecond) ==
        "time=2026-11-21T22:17:00.123456789Z process=web instance=2 stream=stderr run=7 type=event "
        "message=\"exit 1\"\n");
  CHECK(render(as(Format::logfmt), line_of("\xff")).ends_with(" message_b64=\"/w==\"\n"));
}

TEST_CASE("Renderer: pm2 has the five keys of PM2's json", "[query]") {
  CHECK(render(as(Format::pm2), line_of("hello")) ==
        R"({"message":"hello","timestamp":"2026-11-21T22:17:00.123Z","type":"out",)"
        R"("process_id":0,"app_name":"web"})"
        "\n");
  CHECK(render(as(Format::pm2), line_of("\"\xff", Stream::err), kSecond) ==
        "{\"message\":\"\\\"\xef\xbf\xbd\",\"timestamp\":\"2026-11-21T22:17:00.123Z\",\"type\":"
        "\"err\","
        "\"process_id\":2,\"app_name\":\"web\"}\n");
  CHECK(render(as(Format::pm2), event_of("x")).find(R"("type":"process_event")") !=
        std::string::npos);
}

TEST_CASE("Renderer: messages are coloured by their level, not by a word", "[query]") {
  RenderOptions options = as(Format::cat);
  options.is_coloured = true;
  CHECK(render(options, line_of("ERROR x")) == "\x1b[31mERROR x\x1b[0m\n");
  CHECK(render(options, line_of("level=warn a=b")) == "\x1b[33mlevel=warn a=b\x1b[0m\n");
  CHECK(render(options, line_of("INFO x")) == "INFO x\n");
  CHECK(render(options, line_of("an error")) == "an error\n");
  CHECK(render(options, line_of("\x1b[32mERROR x")) == "\x1b[32mERROR x\x1b[0m\n");
}

TEST_CASE("Renderer: what a highlight matches is in reverse video", "[query]") {
  const TextMatcher digits = TextMatcher::compile({"[0-9]+"}, {}, "--highlight").value();
  const TextMatcher letters = TextMatcher::compile({"b2|x*"}, {}, "--highlight").value();
  RenderOptions options = as(Format::cat);
  options.is_coloured = true;
  options.highlights = {&digits, &letters};
  CHECK(render(options, line_of("a b23 4")) == "a \x1b[7mb23\x1b[27m \x1b[7m4\x1b[27m\n");
  CHECK(render(options, line_of("12")) == "\x1b[7m12\x1b[27m\n");
  options.is_coloured = false;
  CHECK(render(options, line_of("a 23")) == "a 23\n");
  options.is_coloured = true;
  options.format = Format::raw;
  CHECK(render(options, line_of("a 23")) == "a 23\n");  // into a pipe byte for byte
  options.is_terminal = true;
  CHECK(render(options, line_of("a 23")) == "a \x1b[7m23\x1b[27m\n");
  options.format = Format::json;
  CHECK(render(options, line_of("a 23")).find("\x1b") == std::string::npos);
  CHECK(render(options, line_of(std::string(100'000, '1'))).size() > 100'000);
}

TEST_CASE("parse_format: every format, and what was meant", "[query]") {
  CHECK(parse_format("logfmt").value() == Format::logfmt);
  CHECK(parse_format("cat").value() == Format::cat);
  CHECK(parse_format("jsno").error().message() ==
        "-o is short, iso, json, raw, cat, cri, logfmt or pm2, not 'jsno'; did you mean json?");
  CHECK(parse_format("").error().code == ErrorCode::invalid);
}

// Every format that is an object a line gives back what went in, whatever the bytes.
TEST_CASE("Renderer: objects carry every byte string and stay one line", "[query]") {
  std::mt19937 random(11);
  const std::vector<std::string> parts = {"\xc3\xa9", "\xe2\x80\xae", "\xf0\x9f\x98\x80",
                                          "\"",       "\\",           "\x1b[0m",
                                          "\xc2\x85", "\xe2\x80\xa8", "=",
                                          " ",        "\\u0041",      "{",
                                          "a",        "\x7f"};
  LineFields fields;
  for (int i = 0; i < 5'000; ++i) {
    std::string content;
    for (std::size_t k = random() % 12; k > 0; --k) {
      if (i % 2 == 0) content += static_cast<char>(random() % 256);
      content += parts[random() % parts.size()];
    }
    std::string base64;
    append_base64(base64, content);
    std::string as_json;
    const bool is_utf8 = append_json(as_json, content);
    for (const Format format : {Format::json, Format::logfmt, Format::pm2}) {
      const std::string text = render(as(format), line_of(content));
      REQUIRE(text.find('\n') == text.size() - 1);
      for (const char c : text.substr(0, text.size() - 1)) REQUIRE((c >= ' ' || c < 0));
      REQUIRE(text.find('\x7f') == std::string::npos);
      fields.set_line(std::string_view(text).substr(0, text.size() - 1));
      std::string message;
      std::string bytes;
      fields.each([&](std::string_view key, std::string_view value) {
        if (key == "message") message = value;
        if (key == "message_b64") bytes = value;
        return false;
      });
      INFO(text);
      if (is_utf8) REQUIRE(message == content);
      if (format != Format::pm2) REQUIRE(bytes == (is_utf8 ? "" : base64));
    }
  }
}
