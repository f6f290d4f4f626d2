// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>

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
