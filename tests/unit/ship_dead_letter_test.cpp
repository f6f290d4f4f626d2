// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "fakes/fake_file_system.h"
#include "ship/dead_letter.h"

using namespace logd;

namespace {

const WallTime kNow{Nanoseconds(1795299420000000001)};

DeadLetter letter_of(std::string message) {
  DeadLetter letter;
  letter.log = "web@2";
  letter.uid = "h/web@2/1795299419000000000";
  letter.time = "2026-11-21T22:16:59.000000000";
  letter.stream = "stderr";
  letter.message = std::move(message);
  letter.reason = "too \"odd\"";
  letter.status = 400;
  letter.answer = "no";
  return letter;
}

}  // namespace

TEST_CASE("dead letter: one line, and read back with every byte", "[ship]") {
  for (const std::string& message :
       {std::string("plain"), std::string(""), std::string("a\0b\n\xff\xfe\xc3\x28", 8)}) {
    const std::string text = dead_letter_text(letter_of(message), kNow);
    CHECK(text.find('\n') == text.size() - 1);
    const ReadDeadLetter read = parse_dead_letter(text).value();
    CHECK(read.letter == letter_of(message));
    CHECK(read.refused == "2026-11-21T22:17:00.000000001Z");
  }
  CHECK(dead_letter_text(letter_of("plain"), kNow).find("message_b64") == std::string::npos);
}

TEST_CASE("dead letter: a note of so many records says which they may be", "[ship]") {
  DeadLetter note;
  note.records = 3;
  note.message = "web 1..2";
  note.reason = "3 rejected";
  CHECK(parse_dead_letter(dead_letter_text(note, kNow)).value().letter == note);
}

TEST_CASE("dead letter: of an answer the first KiB is kept", "[ship]") {
  DeadLetter letter = letter_of("x");
  letter.answer = std::string(5000, 'a');
  CHECK(parse_dead_letter(dead_letter_text(letter, kNow)).value().letter.answer.size() == 1024);
}

TEST_CASE("dead letter: lines that are none are refused", "[ship]") {
  for (const char* line : {"", "x", "[]", "{}", R"({"refused":"t","reason":1,"status":1})"})
    CHECK_FALSE(parse_dead_letter(line));
}
