// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "query/escape.h"

using namespace logd;

namespace {

std::string visible(std::string_view bytes, Colours colours = Colours::strip) {
  std::string text;
  append_visible(text, bytes, colours);
  return text;
}

std::string json(std::string_view bytes) {
  std::string text;
  append_json(text, bytes);
  return text;
}

bool is_utf8(std::string_view bytes) {
  std::string text;
  return append_json(text, bytes);
}

std::string base64(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

}  // namespace

TEST_CASE("append_visible: text, tabs and other scripts stay as they are", "[query]") {
  const std::string text = "plain\ttext ~ \xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80";
  CHECK(visible(text) == text);
  CHECK(visible(text, Colours::keep) == text);
}

TEST_CASE("append_visible: what a terminal would act on is spelled out", "[query]") {
  CHECK(visible(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(visible("\x07\b\r\n\x7f") == "\\x07\\x08\\x0d\\x0a\\x7f");
  CHECK(visible("\x1b[2J") == "\\x1b[2J");
  CHECK(visible("\x1b]0;title\x07") == "\\x1b]0;title\\x07");
  CHECK(visible("\xc2\x9b"
                "31m") == "\\u{9b}31m");
  CHECK(visible("\xe2\x80\xae") == "\\u{202e}");
  CHECK(visible("\xe2\x81\xa6") == "\\u{2066}");
}

TEST_CASE("append_visible: bytes that are not UTF-8 are spelled out one by one", "[query]") {
  CHECK(visible("\xff\xfe") == "\\xff\\xfe");
  CHECK(visible("a\xc3") == "a\\xc3");         // cut short
  CHECK(visible("\xc0\xaf") == "\\xc0\\xaf");  // overlong
  CHECK(visible("\xe0\x80\x80") == "\\xe0\\x80\\x80");
  CHECK(visible("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // surrogate
  CHECK(visible("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
  CHECK(visible("\x80x") == "\\x80x");
}

TEST_CASE("append_visible: colours go, or stay and are reset", "[query]") {
  const std::string red = "\x1b[31mred\x1b[0m \x1b[1;38;5;9mx";
  CHECK(visible(red) == "red x");
  CHECK(visible(red, Colours::keep) == red + "\x1b[0m");
  CHECK(visible("\x1b[", Colours::keep) == "\x1b[2m\\x1b\x1b[22m[");
  CHECK(visible("\x1b[31", Colours::keep) == "\x1b[2m\\x1b\x1b[22m[31");
  CHECK(visible("\x1b[m", Colours::strip).empty());
}

TEST_CASE("append_json: the inside of a JSON string", "[query]") {
  CHECK(json("say \"hi\" \\ \n\r\t\b\f") == R"(say \"hi\" \\ \n\r\t\b\f)");
  CHECK(json(std::string_view("\0\x1b\x7f", 3)) == R"(\u0000\u001b\u007f)");
  CHECK(json("\xc2\x9b\xe2\x80\xae") == R"(\u009b\u202e)");
  CHECK(json("\xc3\xa9 \xf0\x9f\x98\x80") == "\xc3\xa9 \xf0\x9f\x98\x80");
}

TEST_CASE("append_json: tells whether the bytes are UTF-8", "[query]") {
  CHECK(is_utf8("plain \xc3\xa9"));
  CHECK_FALSE(is_utf8("\xff"));
  CHECK_FALSE(is_utf8("\xed\xa0\x80"));
  CHECK(json("a\xff"
             "b\xc3") ==
        "a\xef\xbf\xbd"
        "b\xef\xbf\xbd");
}

// RFC 4648, section 10.
TEST_CASE("append_base64: the test vectors of the standard", "[query]") {
  CHECK(base64("").empty());
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foob") == "Zm9vYg==");
  CHECK(base64("fooba") == "Zm9vYmE=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xff\xfe\xfd\x00") == "//79");
  CHECK(base64(std::string_view("\xff\xfe\xfd\x00", 4)) == "//79AA==");
}

TEST_CASE("append_visible: a colour that hides the text is no colour", "[query]") {
  CHECK(visible("\x1b[8mx", Colours::keep) == "\x1b[2m\\x1b\x1b[22m[8mx");
  CHECK(visible("\x1b[1;08mx", Colours::keep).find("\x1b[1;08m") == std::string::npos);
  CHECK(visible("\x1b[8mx") == "x");
  for (const std::string colour : {"\x1b[38;5;8m", "\x1b[48;2;8;8;8m", "\x1b[18m", "\x1b[4:8m",
                                   "\x1b[38;5;8;1m", "\x1b[;m", "\x1b[38m", "\x1b[88888888888888m"})
    CHECK(visible(colour + "x", Colours::keep) == colour + "x\x1b[0m");
  CHECK(visible("\x1b[38;5;8;8mx", Colours::keep).find("\x1b[38") == std::string::npos);
}

TEST_CASE("append_visible: line separators are spelled out", "[query]") {
  CHECK(visible("a\xe2\x80\xa8z\xe2\x80\xa9") == "a\\u{2028}z\\u{2029}");
}

TEST_CASE("append_visible: marks take whole characters and outlive colours", "[query]") {
  const auto marked = [](std::string_view bytes, std::vector<ByteRange> ranges) {
    std::string text;
    append_visible(text, bytes, Colours::keep, ranges);
    return text;
  };
  CHECK(marked("abc", {{1, 2}}) == "a\x1b[7mb\x1b[27mc");
  CHECK(marked("abc", {{0, 1}, {2, 3}}) == "\x1b[7ma\x1b[27mb\x1b[7mc\x1b[27m");
  // In the middle of a character, it is the next one.
  CHECK(marked("\xc3\xa9x", {{1, 3}}) == "\xc3\xa9\x1b[7mx\x1b[27m");
  CHECK(marked("\xc3\xa9x", {{0, 1}}) == "\x1b[7m\xc3\xa9\x1b[27mx");
  CHECK(marked("a\x1b[0mb", {{0, 6}}) == "\x1b[7ma\x1b[0m\x1b[7mb\x1b[27m\x1b[0m");
  CHECK(marked("a", {{5, 9}}) == "a");
  std::string stripped;
  append_visible(stripped, "abc", Colours::strip, std::vector<ByteRange>{{1, 2}});
  CHECK(stripped == "abc");
}

TEST_CASE("append_visible: no byte string gets a terminal to act", "[query]") {
  std::mt19937 random(2);
  for (int i = 0; i < 30'000; ++i) {
    std::string bytes(random() % 30, ' ');
    for (char& c : bytes) {
      c = static_cast<char>(random() % 3 == 0 ? random() % 256
                                              : "\x1b[0;8m\xc2\x9b\xe2\x80\xae"[random() % 11]);
    }
    std::string text;
    const std::size_t at = random() % 20;
    append_visible(text, bytes, Colours::keep, std::vector<ByteRange>{{at, at + random() % 5}});
    // All that is left of escapes is SGR without a concealing one.
    std::string json;
    std::string rest;
    for (std::size_t k = 0; k < text.size();) {
      const std::size_t length = colour_length(std::string_view(text).substr(k));
      if (length == 0) rest += text[k];
      k += length == 0 ? 1 : length;
    }
    REQUIRE(append_json(json, rest));  // UTF-8
    for (const char c : rest) REQUIRE((c < 0 || c >= ' ' || c == '\t'));
    REQUIRE(rest.find('\x7f') == std::string::npos);
    REQUIRE(rest.find("\xe2\x80\xae") == std::string::npos);
  }
}
