// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "store/event.h"

using namespace logd;

TEST_CASE("event: texts are the ones of the format", "[store]") {
  CHECK(started_event(7, 123, 0, "node") == "started run 7: pid 123, uid 0, node");
  CHECK(exited_event({7, 123, 3, 0, false, false}) == "exited run 7: pid 123, code 3");
  CHECK(exited_event({7, 123, 0, 9, false, false}) == "exited run 7: pid 123, signal 9");
  CHECK(exited_event({7, 123, 0, 0, true, true}) ==
        "exited run 7: pid 123, code 0, stdout ends without a newline, "
        "stderr ends without a newline");
  CHECK(exit_unknown_event(7) == "exited run 7: status unknown, its shim was killed");
  CHECK(no_newline_event(Stream::err) == "stderr ends without a newline");
  CHECK(dropped_event(Stream::out, 12, 345) ==
        "dropped 12 lines, 345 bytes on stdout: nobody took them");
  CHECK(flushed_event(1000, 99, 12, 345) == "flushed by uid 1000: 12 records, 345 bytes (pid 99)");
  CHECK(rotated_event(0, 99) == "rotated by uid 0 (pid 99)");
  CHECK(pruned_event(0, 99, 3, 345) == "pruned by uid 0 (pid 99): 3 segments, 345 bytes");
  CHECK(recovered_event(123) == "recovered: 123 bytes of a torn record cut off");
  CHECK(dropped_event(Stream::out, 2, 3, DropReason::disk_full) ==
        "dropped 2 lines, 3 bytes on stdout: the disk did not take them");
  CHECK(dropped_event(Stream::err, 2, 3, DropReason::over_rate) ==
        "dropped 2 lines, 3 bytes on stderr: over max_rate");
  CHECK(changed_by_hand_event(ChangedByHand::deleted, 12) ==
        "segment 12 was deleted by hand: goes on here");
  CHECK(changed_by_hand_event(ChangedByHand::truncated, 12) ==
        "segment 12 was truncated by hand: goes on here");
  CHECK(changed_by_hand_event(ChangedByHand::extended, 12) ==
        "segment 12 was written to by hand: goes on here");
  CHECK(changed_by_hand_event(ChangedByHand::directory, 12) ==
        "the directory was deleted or moved by hand: goes on here");
  CHECK(time_ahead_event(75) == "time runs 75 s ahead of the clock");
}

TEST_CASE("event: a command's name cannot forge a line", "[store]") {
  CHECK(started_event(1, 2, 3, "a\nb\x1b[31m\xc3\xa9\x7f") ==
        "started run 1: pid 2, uid 3, a?b?[31m???");
}

TEST_CASE("event: runs are read back from starts and exits only", "[store]") {
  CHECK(parse_started_event(started_event(18446744073709551615u, 1, 1, "x"))->run ==
        18446744073709551615u);
  CHECK_FALSE(parse_started_event(exited_event({8, 1, 0, 0, false, false})));
  CHECK_FALSE(parse_exited_event(started_event(8, 1, 1, "x")));
  for (const char* text :
       {"", "started run ", "started run :", "started run 7", "started run x: ", "started run -7: ",
        "started run 99999999999999999999: ", " started run 7: ", "I started run 7: pid 1"}) {
    INFO(text);
    CHECK_FALSE(parse_started_event(text));
  }
}

TEST_CASE("event: all that a start says is read back", "[store]") {
  const std::string text = started_event(7, 123, 4294967295u, "node, pid 9");
  const auto started = parse_started_event(text);
  REQUIRE(started);
  CHECK(started->run == 7);
  CHECK(started->pid == 123);
  CHECK(started->uid == 4294967295u);
  CHECK(started->command == "node, pid 9");
  // Whatever stands there one day: the number is known.
  for (const char* changed :
       {"started run 7:", "started run 7: process 123", "started run 7: pid x, uid 0, node"}) {
    INFO(changed);
    const auto rest = parse_started_event(changed);
    REQUIRE(rest);
    CHECK(rest->run == 7);
    CHECK_FALSE(rest->pid);
    CHECK(rest->command.empty());
  }
}

TEST_CASE("event: how a run ended is read back", "[store]") {
  const auto exited = parse_exited_event(exited_event({8, 123, 3, 0, true, false}));
  REQUIRE(exited);
  CHECK(exited->run == 8);
  CHECK(exited->pid == 123);
  CHECK(exited->code == 3);
  CHECK_FALSE(exited->signal);
  const auto killed = parse_exited_event(exited_event({8, 123, 0, 9, false, false}));
  REQUIRE(killed);
  CHECK(killed->signal == 9);
  CHECK_FALSE(killed->code);
  const auto unknown = parse_exited_event(exit_unknown_event(9));
  REQUIRE(unknown);
  CHECK(unknown->run == 9);
  CHECK_FALSE(unknown->pid);
  CHECK_FALSE(unknown->code);
  CHECK_FALSE(unknown->signal);
  CHECK_FALSE(parse_exited_event("exited run 8"));
}

TEST_CASE("event: the stream that ends without a newline is read back", "[store]") {
  for (const Stream stream : {Stream::out, Stream::err}) {
    CHECK(parse_no_newline_event(no_newline_event(stream)) == stream);
  }
  CHECK_FALSE(parse_no_newline_event("stdout ends without a newline "));
  CHECK_FALSE(parse_no_newline_event("stdin ends without a newline"));
  CHECK_FALSE(parse_no_newline_event(exited_event({1, 2, 0, 0, true, false})));
}
