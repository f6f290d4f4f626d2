// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <optional>
#include <random>
#include <string>
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

// Appending, with pieces of lines, beginning segments, archiving; between any two of these
// somebody reads a few lines.
TEST_CASE("History: every line once, whatever happens between two readings", "[query]") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    World world;
    world.query.join = true;
    Contents written;
    Contents read;
    std::uint64_t tick = 0;
    std::uint64_t segment = 1;
    std::string bytes;       // of the active segment
    std::string open_piece;  // of stdout
    world.append("web", 1, "");
    for (int step = 0; step < 40; ++step) {
      switch (random() % 5) {
        case 0:
        case 1: {
          std::string more;
          const std::string content(1 + random() % 30, static_cast<char>('a' + step % 26));
          if (random() % 3 == 0) {
            more = out_piece(++tick, content);
            open_piece += content;
          } else if (random() % 3 == 0) {
            more = err(++tick, content);
            written.push_back("web " + content);
          } else {
            more = out(++tick, content);
            written.push_back("web " + std::exchange(open_piece, {}) + content);
          }
          world.append("web", segment, more);
          bytes += more;
          break;
        }
        case 2:
          if (bytes.empty()) break;
          if (random() % 2 == 0) world.archive("web", segment);
          world.append("web", ++segment, "");
          bytes.clear();
          break;
        default: {
          const Contents some = world.some(1 + random() % 4);
          read.insert(read.end(), some.begin(), some.end());
        }
      }
    }
    const Contents rest = world.rest();
    read.insert(read.end(), rest.begin(), rest.end());
    CAPTURE(seed);
    REQUIRE(read == written);
  }
}
