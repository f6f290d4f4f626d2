// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <chrono>

#include "web/time_cursor.h"

using namespace logd;
using web::TimeCursor;

namespace {

const LogName kWeb{"web", kNoInstance};
const LogName kApi{"api", 2};

WallTime at(std::int64_t nanoseconds) {
  return WallTime(std::chrono::hours(24)) + Nanoseconds(nanoseconds);
}
const WallTime kLongAfter = at(0) + std::chrono::hours(1);

TimeCursor again(TimeCursor cursor, WallTime now) {
  return TimeCursor::parse(cursor.text(now)).value();
}

}  // namespace

TEST_CASE("cursor: what was read long ago needs one entry", "[web]") {
  TimeCursor cursor;
  CHECK(cursor.text(kLongAfter).empty());
  CHECK_FALSE(cursor.has_read(kWeb, at(5)));
  cursor.note_read(kApi, at(5));
  cursor.note_read(kWeb, at(9));
  CHECK(cursor.text(kLongAfter) == "86400000000008~web,1");
  const TimeCursor read = again(cursor, kLongAfter);
  CHECK(read.has_read(kApi, at(5)));
  CHECK(read.has_read(kApi, at(8)));
  CHECK_FALSE(read.has_read(kApi, at(9)));
  CHECK(read.has_read(kWeb, at(9)));
  CHECK_FALSE(read.has_read(kWeb, at(10)));
}

TEST_CASE("cursor: a line that is stored late is not passed over", "[web]") {
  TimeCursor cursor;
  cursor.note_read(kWeb, at(1000));
  const TimeCursor read = again(cursor, at(2000));  // a moment later
  CHECK(read.has_read(kWeb, at(1000)));
  CHECK(read.has_read(kWeb, at(999)));
  CHECK_FALSE(read.has_read(kApi, at(10)));
}

TEST_CASE("cursor: a log whose time runs ahead keeps its own", "[web]") {
  TimeCursor cursor;
  const WallTime ahead = at(0) + std::chrono::minutes(5);
  cursor.note_read(kWeb, ahead);
  cursor.note_read(kApi, at(7));
  const TimeCursor read = again(cursor, at(0) + std::chrono::seconds(20));
  CHECK(read.has_read(kWeb, ahead));
  CHECK_FALSE(read.has_read(kWeb, ahead + Nanoseconds(1)));
  CHECK(read.has_read(kApi, at(7)));
  CHECK_FALSE(read.has_read(kApi, at(0) + std::chrono::seconds(11)));
}

TEST_CASE("cursor: backward names the logs that were read at its time", "[web]") {
  TimeCursor cursor(Order::newest_first);
  cursor.note_read(kWeb, at(9));
  cursor.note_read(kWeb, at(5));
  CHECK(cursor.text(kLongAfter) == "r86400000000005~web");
  const TimeCursor read = again(cursor, kLongAfter);
  CHECK(read.order() == Order::newest_first);
  CHECK(read.has_read(kApi, at(6)));
  CHECK(read.has_read(kWeb, at(5)));
  CHECK_FALSE(read.has_read(kApi, at(5)));
  CHECK_FALSE(read.has_read(kWeb, at(4)));
}

TEST_CASE("cursor: what is none is refused", "[web]") {
  for (const char* text :
       {"x", "-1", "1~web", "1~web,", "1~web,x", "1~.web,1", "r", "r1~.", "9223372036854775807",
        "1~web,9223372036854775807", "99999999999999999999999"}) {
    INFO(text);
    CHECK_FALSE(TimeCursor::parse(text));
  }
  CHECK_FALSE(TimeCursor::parse(""));
  CHECK_FALSE(TimeCursor::parse("nonsense"));
}
