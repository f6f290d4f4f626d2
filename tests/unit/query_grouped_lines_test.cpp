// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "query/grouped_lines.h"
#include "query/history.h"
#include "query_logs.h"

using namespace logd;
using namespace logd::tests;

namespace {

using Contents = std::vector<std::string>;

constexpr std::uint64_t kSecond = 1'000'000'000;

struct World : Logs {
  HistoryQuery query;
  std::uint64_t matches = 0;

  World() { query.groups = true; }

  void look_for(std::string text) {
    query.filter = [text = std::move(text)](const Line& line, const LogName&) {
      return line.content.find(text) != std::string_view::npos;
    };
  }

  Contents all() {
    History history(fs, std::string(kLogDir), query, report);
    REQUIRE(history.open());
    Contents contents;
    History::Shown shown;
    while (history.next(shown)) {
      contents.push_back(std::string(shown.line.content) + (shown.is_match ? "!" : ""));
    }
    matches = history.matches();
    return contents;
  }
};

}  // namespace

TEST_CASE("GroupedLines: a match in any line of a group shows all of it", "[query]") {
  World world;
  world.append("web", 1,
               out(1, "before") + out(2, "Error: no") + err(3, "of another stream") +
                   out(4, "  at one") + out(5, "  at two") + out(6, "behind") + out(7, "  more"));
  world.append("api", 1, out(4, "  at one of another log"));
  const Contents trace = {"Error: no", "  at one", "  at two"};
  for (std::size_t match = 0; match < trace.size(); ++match) {
    world.look_for(match == 1 ? "  at one" : trace[match]);
    if (match == 1) world.query.names = {"web"};
    Contents wanted = trace;
    wanted[match] += "!";
    CHECK(world.all() == wanted);
    CHECK(world.matches == 1);
    world.query.names.clear();
  }
  world.look_for("at ");
  CHECK(world.all() == Contents{"  at one of another log!", "Error: no", "  at one!", "  at two!"});
  CHECK(world.matches == 3);
  world.query.groups = false;
  CHECK(world.all() == Contents{"  at one of another log!", "  at one!", "  at two!"});
}

TEST_CASE("GroupedLines: without a filter nothing changes", "[query]") {
  World world;
  world.append("web", 1, out(1, "Error") + err(2, "x") + out(3, "  at"));
  CHECK(world.all() == Contents{"Error!", "x!", "  at!"});
  CHECK(world.matches == 3);
}

TEST_CASE("GroupedLines: --lines counts matches, and the first lines are read too", "[query]") {
  World world;
  std::uint64_t tick = 0;
  for (int trace = 0; trace < 5; ++trace) {
    world.append("web", 1, out(++tick, "Error " + std::to_string(trace)));
    for (int frame = 0; frame < 50; ++frame) {
      world.append("web", 1, out(++tick, "  at " + std::to_string(frame)));
      world.append("api", 1, out(++tick, "noise"));
    }
  }
  world.look_for("at 49");
  world.query.last = 2;
  const Contents last = world.all();
  REQUIRE(last.size() == 2 * 51);
  CHECK(last[0] == "Error 3");
  CHECK(last[50] == "  at 49!");
  CHECK(world.matches == 2);
  world.query.last.reset();
  world.query.first = 2;
  world.look_for("Error");
  const Contents first = world.all();
  REQUIRE(first.size() == 2 * 51);
  CHECK(first[0] == "Error 0!");
  CHECK(first[101] == "  at 49");
  CHECK(world.matches == 2);
}

TEST_CASE("GroupedLines: the end of a group is looked for only so far", "[query]") {
  World world;
  world.append("web", 1, out(1, "Error") + out(2, "  at"));
  for (std::uint64_t at = 1; at < 9; ++at) world.append("api", 1, out(at * kSecond, "noise"));
  world.append("web", 1, out(5 * kSecond, "  of another time"));
  world.look_for("Error");
  world.query.first = 1;
  CHECK(world.all() == Contents{"Error!", "  at"});
  CHECK(world.matches == 1);
}

TEST_CASE("GroupedLines: holds only so much", "[query]") {
  GroupedLines groups;
  KeptLines before;
  const std::string half = " x" + std::string(LineGrouper::kMaxBytes / 2 - 100, ' ');
  const auto take = [&](std::size_t log, std::uint64_t tick, const std::string& content) {
    const std::string time = time_of(tick);
    const LogName name{"web", static_cast<int>(log)};
    Line line;
    line.time = time;
    line.content = content;
    return groups.take(log, name, line, content == "  match", before);
  };
  // A hundred logs, each with a group of nearly 1 MiB.
  for (std::size_t log = 0; log < 100; ++log) {
    CHECK_FALSE(take(log, 1, half));
    CHECK_FALSE(take(log, 2, half));
  }
  CHECK(take(0, 3, "  match"));
  CHECK(before.bytes() >= 2 * half.size());
  before = KeptLines();
  CHECK(take(99, 3, "  match"));
  CHECK(before.is_empty());
}
