// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "web/record_query.h"

using namespace logd;
using namespace logd::web;

namespace {

const WallTime kNow = parse_time("2026-11-22T09:00:00.000000000").value();

Result<RecordQuery> read(const std::string& query, QueryKind kind = QueryKind::page,
                         std::string_view last_event_id = "") {
  const Target target = parse_target("/?" + query).value();
  return read_record_query(target.parameters, kind, last_event_id, kNow,
                           TimeZone::find("UTC").value());
}

}  // namespace

TEST_CASE("record query: parameters mean what options of logctl mean", "[web]") {
  const RecordQuery query =
      read("process=web,api&process=job&stream=stderr&events=1&limit=7&since=-1h&reverse").value();
  CHECK(query.query.names == std::vector<std::string>{"web", "api", "job"});
  CHECK_FALSE(query.query.selection.out);
  CHECK(query.query.selection.err);
  CHECK(query.query.selection.events);
  CHECK(query.limit == 7);
  CHECK(query.query.first == std::optional<std::uint64_t>(7));
  CHECK(query.query.order == Order::newest_first);
  CHECK(moment_of(query.query.since) == kNow - std::chrono::hours(1));
  CHECK_FALSE(query.query.follow);
}

TEST_CASE("record query: a follow begins with some lines, or where it was", "[web]") {
  CHECK(read("", QueryKind::follow).value().query.last == std::optional<std::uint64_t>(15));
  CHECK(read("lines=3", QueryKind::follow).value().query.last == std::optional<std::uint64_t>(3));
  const RecordQuery again = read("lines=3&cursor=1~web,1", QueryKind::follow, "1000~web,5").value();
  CHECK(again.query.follow);
  CHECK_FALSE(again.query.last);
  CHECK(moment_of(again.query.since) == WallTime(Nanoseconds(1001)));
  CHECK(again.reading->cursor.has_read({"web", kNoInstance}, WallTime(Nanoseconds(1005))));
}

TEST_CASE("record query: a cursor narrows the time that is asked for", "[web]") {
  const RecordQuery forward = read("cursor=1000&since=@0.000000500").value();
  CHECK(moment_of(forward.query.since) == WallTime(Nanoseconds(1001)));
  const RecordQuery backward = read("reverse=1&cursor=r1000~web").value();
  CHECK(moment_of(backward.query.until) == WallTime(Nanoseconds(1001)));
}

TEST_CASE("record query: what was read is left out, and noted once all is found", "[web]") {
  RecordQuery query = read("cursor=1000~web,5&grep=b").value();
  const LogName web{"web", kNoInstance};
  const auto wants = [&](std::int64_t nanoseconds, std::string_view content) {
    const std::string time = time_text(WallTime(Nanoseconds(nanoseconds)));
    Line line;
    line.time = time;
    line.content = content;
    return query.query.filter(line, web);
  };
  CHECK_FALSE(wants(1005, "b"));
  CHECK(wants(1006, "b"));
  CHECK(wants(1006, "b"));
  query.reading->notes = true;
  CHECK_FALSE(wants(1006, "a"));
  CHECK_FALSE(wants(1006, "b"));
  CHECK(wants(1007, "b"));
}

TEST_CASE("record query: what is wrong is refused", "[web]") {
  for (const char* query :
       {"x=1", "limit=0", "limit=1001", "limit=-1", "limit=1&limit=2", "stream=out", "grep=(",
        "level=loud", "where=x", "since=nonsense", "until=1970-01-01&since=now", "cursor=r1~web",
        "reverse=1&cursor=1", "lines=1", "fixed=yes"}) {
    INFO(query);
    CHECK_FALSE(read(query));
  }
  for (const char* query : {"until=now", "limit=1", "reverse=1", "lines=10001"}) {
    INFO(query);
    CHECK_FALSE(read(query, QueryKind::follow));
  }
}
