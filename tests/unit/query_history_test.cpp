// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "query/history.h"
#include "query_logs.h"

using namespace logd;
using namespace logd::tests;

namespace {

using Contents = std::vector<std::string>;

struct World : Logs {
  HistoryQuery query;

  Contents all() {
    History history(fs, std::string(kLogDir), query, report);
    REQUIRE(history.open());
    Contents contents;
    History::Shown shown;
    while (history.next(shown)) {
      contents.push_back((shown.is_apart ? "-- " : "") + shown.log->directory() + " " +
                         std::string(shown.line.content) + (shown.is_match ? "" : " (around)"));
    }
    is_cut_off = history.is_cut_off();
    return contents;
  }
  bool is_cut_off = false;

  void look_for(std::string text) {
    query.filter = [text = std::move(text)](const Line& line, const LogName&) {
      return line.content.find(text) != std::string_view::npos;
    };
  }
};

WallTime at(std::uint64_t tick) { return *parse_time(time_of(tick)); }

}  // namespace

TEST_CASE("History: merges twenty logs, N lines in both directions", "[query]") {
  World world;
  Contents expected;
  for (std::uint64_t tick = 1; tick <= 2000; ++tick) {
    const std::string name = "p" + std::to_string(10 + tick * 7919 % 20);
    world.append(name, 1 + tick / 700, out(tick, std::to_string(tick)));
    expected.push_back(name + " " + std::to_string(tick));
  }
  for (const char* name : {"p10", "p15", "p29"}) world.archive(name, 1);
  CHECK(world.all() == expected);
  world.query.last = 333;
  const Contents last(expected.end() - 333, expected.end());
  CHECK(world.all() == last);
  world.query.order = Order::newest_first;
  CHECK(world.all() == Contents(last.rbegin(), last.rend()));
  world.query.join = false;
  CHECK(world.all() == Contents(last.rbegin(), last.rend()));
}

TEST_CASE("History: who follows gets no line before an older one that can be read", "[query]") {
  const auto later = [](int second) {
    return "2200-01-01T00:00:0" + std::to_string(second) + ".000000000";
  };
  const auto line = [&](int second, std::string_view content) {
    return later(second) + "Z stdout F " + std::string(content) + "\n";
  };
  World world;
  world.append("a", 1, line(1, "first"));
  world.append("b", 1, "");
  world.query.follow = true;
  History history(world.fs, std::string(kLogDir), world.query, world.report);
  REQUIRE(history.open());
  History::Shown shown;
  std::vector<std::string> shown_contents;
  const auto show = [&] {
    while (history.next(shown)) shown_contents.emplace_back(shown.line.content);
  };
  show();
  world.append("a", 1, line(3, "new"));
  history.take_news();
  world.append("b", 1, line(2, "old"));
  const auto looked = history.last_look();
  while (std::chrono::steady_clock::now() - looked < std::chrono::milliseconds(2)) {
  }
  show();
  CHECK(shown_contents == std::vector<std::string>{"first", "old", "new"});
}

TEST_CASE("History: lines around matches, of all logs, and what is left out between", "[query]") {
  World world;
  for (std::uint64_t tick = 1; tick <= 9; ++tick) {
    world.append(tick % 2 == 0 ? "b" : "a", 1, out(tick, std::to_string(tick)));
  }
  world.query.filter = [](const Line& line, const LogName&) {
    return line.content == "2" || line.content == "3" || line.content == "8";
  };
  world.query.before = 1;
  CHECK(world.all() == Contents{"a 1 (around)", "b 2", "a 3", "-- a 7 (around)", "b 8"});
  world.query.last = 2;
  CHECK(world.all() == Contents{"b 2 (around)", "a 3", "-- a 7 (around)", "b 8"});
  world.query.order = Order::newest_first;
  CHECK(world.all() == Contents{"b 8", "a 7 (around)", "-- a 3", "b 2 (around)"});
  world.query = {};
  world.look_for("5");
  world.query.after = 2;
  world.query.first = 1;
  CHECK(world.all() == Contents{"a 5", "b 6 (around)", "a 7 (around)"});
}

TEST_CASE("History: tells whether the start lies before what is kept", "[query]") {
  World world;
  world.append("old", 1, out(100, "x"));
  world.append("young", 1, out(200, "x"));
  world.append("pruned", 4, out(300, "x"));
  world.append("empty", 1, "");
  world.query.since = at(150);
  world.query.names = {"old", "young", "empty"};
  (void)world.all();
  CHECK_FALSE(world.is_cut_off);
  world.query.names = {"young", "empty"};
  (void)world.all();
  CHECK(world.is_cut_off);
  world.query.names = {"old", "pruned"};
  (void)world.all();
  CHECK(world.is_cut_off);
  world.query.names = {"empty"};
  (void)world.all();
  CHECK_FALSE(world.is_cut_off);
  world.query = {};
  (void)world.all();
  CHECK_FALSE(world.is_cut_off);
}

TEST_CASE("History: from a time on, or the last lines, of a large history, few bytes are read",
          "[query]") {
  World world;
  std::uint64_t tick = 0;
  std::uint64_t bytes = 0;
  for (std::uint64_t segment = 1; segment <= 60; ++segment) {
    std::string records;
    while (records.size() < 300'000) {
      ++tick;
      // No two are alike, or an archive would be too small to be worth counting.
      const std::string content = std::to_string(tick * 2654435761) + std::to_string(tick * 40503);
      records += tick % 2 == 0 ? out(tick, content) : err(tick, content);
    }
    world.append("web", segment, records);
    bytes += segment < 40 ? world.archive("web", segment).size() : records.size();
  }
  REQUIRE(bytes > 8'000'000);
  for (const std::uint64_t since : {tick / 4, tick / 2, tick - 10}) {
    world.query.since = at(since);
    world.query.first = 10;
    world.fs.clear_calls();
    CHECK(world.all().size() == 10);
    CHECK(world.bytes_read() < bytes / 10);
  }
  world.query = {};
  world.query.until = at(tick / 3);
  world.query.last = 10;
  world.fs.clear_calls();
  CHECK(world.all().size() == 10);
  CHECK(world.bytes_read() < bytes / 10);
}
