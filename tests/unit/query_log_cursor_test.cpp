// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "query/cursor_text.h"
#include "query/history.h"
#include "query_logs.h"

using namespace logd;
using namespace logd::tests;

namespace {

using Contents = std::vector<std::string>;

// Reads a little again and again, going on where it has stopped.
struct World : Logs {
  HistoryQuery query;
  std::optional<LogCursors> cursors;

  // At most so many lines.
  Contents some(std::uint64_t lines) {
    HistoryQuery now = query;
    now.keeps_cursors = true;
    now.cursors = cursors;
    if (cursors) now.last.reset();
    History history(fs, std::string(kLogDir), now, report);
    REQUIRE(history.open());
    Contents contents;
    History::Shown shown;
    while (contents.size() < lines && history.next(shown)) {
      contents.push_back(shown.log->directory() + " " + std::string(shown.line.content) +
                         (shown.line.has_newline ? "" : "$"));
    }
    // Through its text, as it comes back from a file.
    cursors = parse_cursor_text(cursor_text(history.cursors())).value();
    return contents;
  }
  Contents rest() { return some(1'000'000); }
};

// Somebody appends lines and pieces of them, begins segments, archives closed ones and writes them
// anew with other offsets.
struct Writer {
  explicit Writer(World& to) : world(to) { world.append("web", 1, ""); }

  void write() {
    tick += 2;
    const std::string content(1 + random() % 30, static_cast<char>('a' + tick / 2 % 26));
    std::string bytes;
    switch (random() % 3) {
      case 0:
        bytes = out_piece(tick, content);
        unended += content;
        break;
      case 1:
        bytes = err(tick, content);
        written.push_back("web " + content);
        break;
      default:
        bytes = out(tick, content);
        written.push_back("web " + std::exchange(unended, {}) + content);
    }
    world.append("web", segments.size(), bytes);
    if (segments.back().bytes.empty()) segments.back().first_tick = tick;
    segments.back().bytes += bytes;
  }

  void rotate() {
    if (segments.back().bytes.empty()) return;
    segments.push_back({});
    world.append("web", segments.size(), "");
  }

  void change_a_closed_one() {
    if (segments.size() < 2) return;
    const std::uint64_t number = 1 + random() % (segments.size() - 1);
    Segment& segment = segments[number - 1];
    if (segment.is_archive) return;
    if (!segment.is_new) {
      segment.is_new = true;
      segment.bytes.insert(0, event(segment.first_tick - 1, "something of another length"));
      world.remove("web", number);
      world.append("web", number, segment.bytes);
    } else {
      segment.is_archive = true;
      world.archive("web", number);
    }
  }

  struct Segment {
    std::string bytes;
    std::uint64_t first_tick = 0;
    bool is_new = false;
    bool is_archive = false;
  };
  World& world;
  std::mt19937 random;
  std::vector<Segment> segments = std::vector<Segment>(1);
  std::uint64_t tick = 0;
  std::string unended;  // of stdout
  Contents written;
};

}  // namespace

TEST_CASE("History: goes on behind a cursor, and begins as without one", "[query]") {
  World world;
  world.append("web", 1, out(1, "a") + err(2, "b") + out(3, "c"));
  world.append("api", 1, out(4, "d"));
  world.query.last = 2;
  CHECK(world.rest() == Contents{"web c", "api d"});
  CHECK(world.rest().empty());
  world.append("web", 2, out(5, "e"));
  world.append("new", 1, out(1, "x") + out(6, "y"));
  CHECK(world.rest() == Contents{"new x", "web e", "new y"});
  CHECK(world.rest().empty());
}

TEST_CASE("History: a cursor stands before what was read and not shown", "[query]") {
  World world;
  world.append("web", 1, out(1, "a") + out(3, "c") + out(5, "e"));
  world.append("api", 1, out(2, "b") + out(4, "d"));
  CHECK(world.some(1) == Contents{"web a"});
  CHECK(world.some(3) == Contents{"api b", "web c", "api d"});
  CHECK(world.some(3) == Contents{"web e"});
}

TEST_CASE("History: what a filter holds back is read once", "[query]") {
  World world;
  world.append("web", 1, out(1, "a") + out(2, "b") + out(3, "a"));
  world.query.filter = [](const Line& line, const LogName&) { return line.content == "b"; };
  CHECK(world.rest() == Contents{"web b"});
  world.query.filter = nullptr;
  CHECK(world.rest().empty());
  world.query.selection.err = false;
  world.append("web", 1, err(4, "c") + event(5, "e"));
  CHECK(world.rest().empty());
  world.query.selection = {true, true, true};
  CHECK(world.rest().empty());
}

TEST_CASE("History: a cursor in the middle of lines", "[query]") {
  World world;
  world.append("web", 1, out(1, "one") + out_piece(2, "two"));
  CHECK(world.rest() == Contents{"web one"});
  world.append("web", 1, err(3, "between") + err_piece(4, "three"));
  CHECK(world.rest() == Contents{"web between"});
  world.append("web", 2, out(5, "two") + out(6, "last"));
  CHECK(world.rest() == Contents{"web twotwo", "web last"});
  world.append("web", 2, err(7, "three") + event(8, "stdout ends without a newline"));
  CHECK(world.rest() == Contents{"web threethree"});
  world.append("web", 3, out(9, "end"));
  CHECK(world.rest() == Contents{"web end$"});
  CHECK(world.rest().empty());
}

TEST_CASE("History: goes on after the cursor's segment was deleted, and says so", "[query]") {
  World world;
  world.append("web", 1, out(1, "a"));
  world.append("web", 2, out(2, "b"));
  CHECK(world.some(1) == Contents{"web a"});
  world.remove("web", 1);
  world.remove("web", 2);
  world.append("web", 3, out(3, "c"));
  CHECK(world.rest() == Contents{"web c"});
  CHECK(world.notices == Contents{"web: segment 1 of the cursor is gone: goes on with what is kept "
                                  "from 2026-11-21T22:17:00.000000001Z"});
}

TEST_CASE("History: --lines and --since limit what a cursor leaves", "[query]") {
  World world;
  world.append("web", 1, out(1, "a") + out(2, "b"));
  CHECK(world.some(1) == Contents{"web a"});
  world.append("web", 1, out(3, "c") + out(4, "d"));
  world.query.since = parse_time(time_of(4));
  CHECK(world.rest() == Contents{"web d"});
  world.query.since.reset();
  CHECK(world.rest().empty());
}

TEST_CASE("History: every line once, whatever happens between two readings", "[query]") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    World world;
    Writer writer(world);
    writer.random.seed(seed);
    Contents read;
    const auto read_some = [&](std::uint64_t lines) {
      const Contents some = world.some(lines);
      read.insert(read.end(), some.begin(), some.end());
    };
    for (int step = 0; step < 60; ++step) {
      switch (writer.random() % 6) {
        case 0:
        case 1:
          writer.write();
          break;
        case 2:
          writer.rotate();
          break;
        case 3:
          writer.change_a_closed_one();
          break;
        default:
          read_some(1 + writer.random() % 4);
      }
    }
    read_some(1'000'000);
    CAPTURE(seed);
    REQUIRE(read == writer.written);
  }
}
