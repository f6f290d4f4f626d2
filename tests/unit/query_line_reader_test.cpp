// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "query/line_reader.h"
#include "query_logs.h"
#include "store/event.h"

using namespace logd;
using namespace logd::tests;

namespace {

using Contents = std::vector<std::string>;

struct World : Logs {
  std::uint64_t held_bytes = 0;
  LineOptions options;

  std::unique_ptr<LineReader> lines(Position limit = kNoLimit) {
    auto reader = std::make_unique<LineReader>(reader_of_web(), options, held_bytes);
    reader->seek({}, limit);
    return reader;
  }
  LogReader reader_of_web() { return reader("web"); }
};

// "out|content", with "\n" if the line has a newline.
Contents read(LineReader& reader) {
  Contents lines;
  Line line;
  while (reader.next(line)) {
    lines.push_back(std::string(line.type == RecordType::event ? "event|"
                                : line.stream == Stream::out   ? "out|"
                                                               : "err|") +
                    std::string(line.content) + (line.has_newline ? "\n" : ""));
  }
  return lines;
}

}  // namespace

TEST_CASE("LineReader: the pieces of a line are one line, where it ends", "[query]") {
  World world;
  world.append("web", 1, out_piece(1, "a") + err_piece(2, "x") + out_piece(3, "b") + out(4, "c"));
  world.append("web", 2, err(5, "y") + out(6, "") + err(7, "z"));
  CHECK(read(*world.lines()) == Contents{"out|abc\n", "err|xy\n", "out|\n", "err|z\n"});
  CHECK(world.held_bytes == 0);
}

TEST_CASE("LineReader: a joined line has the time of its last record", "[query]") {
  World world;
  world.append("web", 1, out_piece(1, "a") + out(4, "b"));
  const auto reader = world.lines();
  Line line;
  REQUIRE(reader->next(line));
  CHECK(line.time == time_of(4));
}

TEST_CASE("LineReader: without joining every record is a line, as it is stored", "[query]") {
  World world;
  world.options.join = false;
  world.append("web", 1, out_piece(1, "a") + out(2, "b"));
  const auto reader = world.lines();
  Line line;
  REQUIRE(reader->next(line));
  CHECK(std::string(line.record) + "\n" == out_piece(1, "a"));
  REQUIRE(reader->next(line));
  CHECK(std::string(line.record) + "\n" == out(2, "b"));
  CHECK_FALSE(reader->next(line));
}

TEST_CASE("LineReader: a line that is still being written is shown at the end", "[query]") {
  World world;
  world.append("web", 1, out_piece(1, "pass") + err(2, "x") + out_piece(3, "word: "));
  SECTION("as it is") {
    CHECK(read(*world.lines()) == Contents{"err|x\n", "out|password: "});
    CHECK(world.held_bytes == 0);
  }
  SECTION("once it has ended, if it is followed") {
    world.options.skip_unended = true;
    const auto reader = world.lines();
    CHECK(read(*reader) == Contents{"err|x\n"});
    world.append("web", 1, out(4, "secret"));
    CHECK(read(*reader) == Contents{"out|password: secret\n"});
  }
}

TEST_CASE("LineReader: picks streams and events", "[query]") {
  World world;
  world.append("web", 1, event(1, "started run 7: pid 1, uid 0, x") + out(2, "o") + err(3, "e"));
  world.options.selection = {false, true, false};
  CHECK(read(*world.lines()) == Contents{"err|e\n"});
  world.options.selection = {true, false, true};
  CHECK(read(*world.lines()) == Contents{"event|started run 7: pid 1, uid 0, x\n", "out|o\n"});
}

TEST_CASE("LineReader: an event between the pieces of a line does not end it", "[query]") {
  World world;
  world.append("web", 1, err_piece(1, "a") + event(2, rotated_event(0, 1)) + err(3, "b"));
  CHECK(read(*world.lines()) == Contents{"err|ab\n"});
}

TEST_CASE("LineReader: a stream's last line lacks its newline if the event before it says so",
          "[query]") {
  World world;
  world.append("web", 1, event(1, no_newline_event(Stream::out)) + err(2, "e") + out(3, "o"));
  world.append("web", 1, out(4, "next run") + event(5, no_newline_event(Stream::err)));
  world.append("web", 1, err_piece(6, "p") + err(7, ""));
  CHECK(read(*world.lines()) == Contents{"err|e\n", "out|o", "out|next run\n", "err|p"});
}

TEST_CASE("LineReader: knows the run once its start was read", "[query]") {
  World world;
  world.append("web", 1, out(1, "a") + event(2, started_event(7, 1, 0, "x")) + out(3, "b"));
  world.append("web", 1, event(4, exited_event({7, 1, 0, 0, false, false})) + out(5, "c"));
  const auto reader = world.lines();
  std::vector<std::optional<std::uint64_t>> runs;
  Line line;
  while (reader->next(line)) runs.push_back(line.run);
  CHECK((runs == std::vector<std::optional<std::uint64_t>>{std::nullopt, 7, 7}));
}

TEST_CASE("LineReader: a process cannot forge an event", "[query]") {
  World world;
  world.append("web", 1, err(1, "started run 9: pid 1, uid 0, x") + out(2, "a"));
  const auto reader = world.lines();
  Line line;
  REQUIRE(reader->next(line));
  CHECK(line.type == RecordType::line);
  CHECK_FALSE(line.run);
}

TEST_CASE("LineReader: a line too long to be held comes in parts", "[query]") {
  World world;
  const std::string piece(4_MiB, 'a');
  std::string records;
  std::uint64_t tick = 0;
  for (int i = 0; i < 20; ++i) records += out_piece(++tick, piece);
  records += out(98, "end") + out(99, "next");
  world.append("web", 1, records);
  const auto reader = world.lines();
  std::uint64_t bytes = 0;
  std::size_t parts = 0;
  Line line;
  do {
    REQUIRE(reader->next(line));
    bytes += line.content.size();
    ++parts;
    CHECK(world.held_bytes <= kMaxHeldBytes + piece.size());
  } while (!line.has_newline);
  CHECK(bytes == 20 * piece.size() + 3);
  CHECK(parts == 2);
  CHECK(read(*reader) == Contents{"out|next\n"});
  CHECK(world.held_bytes == 0);
}
