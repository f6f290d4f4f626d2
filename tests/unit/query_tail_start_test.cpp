// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "query/line_reader.h"
#include "query/merge.h"
#include "query/tail_start.h"
#include "query_logs.h"
#include "store/event.h"

using namespace logd;
using namespace logd::tests;

namespace {

using Contents = std::vector<std::string>;

// What `tail` does with several logs, without files and output.
struct World : Logs {
  std::vector<std::string> names;
  std::uint64_t held_bytes = 0;

  Contents tail(const TailQuery& query) {
    Merge merge;
    return tail(query, merge);
  }

  // Leaves the readers in `merge`, so that they can go on.
  Contents tail(const TailQuery& query, Merge& merge) {
    std::vector<LogName> log_names;
    std::vector<std::unique_ptr<Directory>> directories;
    for (const std::string& name : names) {
      log_names.push_back(*parse_log_name(name));
      directories.push_back(open(name));
    }
    std::vector<LogToCount> to_count;
    for (std::size_t i = 0; i < names.size(); ++i) {
      to_count.push_back({&log_names[i], directories[i].get()});
    }
    const std::vector<LogSpan> spans = find_tail(to_count, query);
    for (std::size_t i = 0; i < names.size(); ++i) {
      auto lines = std::make_unique<LineReader>(
          LogReader(log_names[i], std::move(directories[i]), 256, report),
          LineOptions{query.selection, true, query.follow || spans[i].skip_unended}, held_bytes);
      lines->seek(spans[i].start, query.follow ? kNoLimit : spans[i].end);
      merge.add(std::move(lines));
    }
    return take(merge);
  }

  static Contents take(Merge& merge) {
    Contents contents;
    Line line;
    while (const LineSource* reader = merge.next(line)) {
      (void)reader;
      contents.emplace_back(line.content);
    }
    return contents;
  }
};

TailQuery last(std::uint64_t lines) { return {{}, lines, false}; }

// A log made at random, and the lines that are in it, told by other means than the readers'.
struct ModelLine {
  std::uint64_t tick;
  std::string log;
  std::string content;
  Stream stream;
  bool is_event;
  bool has_ended;
};

std::vector<ModelLine> make_log(Logs& logs, const std::string& name, std::mt19937& random) {
  std::vector<ModelLine> lines;
  std::uint64_t tick = random() % 5;
  std::uint64_t segment = 1 + random() % 3;
  std::string unfinished[2];
  std::uint64_t unfinished_tick[2] = {};
  logs.append(name, segment, "");
  for (auto left = random() % 60; left > 0; --left) {
    tick += 1 + random() % 3;
    if (random() % 12 == 0) logs.append(name, ++segment, "");
    const Stream stream = random() % 4 == 0 ? Stream::err : Stream::out;
    const auto index = static_cast<std::size_t>(stream);
    const std::string content = name + std::to_string(left) + std::string(random() % 90, '.');
    if (random() % 10 == 0) {
      logs.append(name, segment, event(tick, content));
      lines.push_back({tick, name, content, Stream::err, true, true});
    } else if (random() % 3 == 0) {
      logs.append(name, segment, record(tick, stream, 'P', content));
      unfinished[index] += content;
      unfinished_tick[index] = tick;
    } else {
      logs.append(name, segment, record(tick, stream, 'F', content));
      lines.push_back({tick, name, unfinished[index] + content, stream, false, true});
      unfinished[index].clear();
    }
  }
  for (const Stream stream : {Stream::out, Stream::err}) {
    const auto index = static_cast<std::size_t>(stream);
    if (unfinished[index].empty()) continue;
    lines.push_back({unfinished_tick[index], name, unfinished[index], stream, false, false});
  }
  if (random() % 2 == 0) logs.append(name, ++segment, "");  // the active one, still empty
  if (random() % 3 == 0) logs.append(name, segment, "2026-11-21T22:17:59.9");
  return lines;
}

Contents expected_of(std::vector<ModelLine> lines, const TailQuery& query) {
  std::erase_if(lines, [&](const ModelLine& line) {
    if (!line.has_ended && query.follow) return true;
    return line.is_event ? !query.selection.events : !query.selection.has(line.stream);
  });
  std::sort(lines.begin(), lines.end(), [](const ModelLine& a, const ModelLine& b) {
    return std::tie(a.tick, a.log) < std::tie(b.tick, b.log);
  });
  const std::size_t wanted =
      query.lines ? std::min<std::size_t>(*query.lines, lines.size()) : lines.size();
  Contents contents;
  for (auto line = lines.end() - static_cast<std::ptrdiff_t>(wanted); line != lines.end(); ++line) {
    contents.push_back(line->content);
  }
  return contents;
}

Contents sorted(Contents contents) {
  std::sort(contents.begin(), contents.end());
  return contents;
}

}  // namespace

TEST_CASE("find_tail: exactly N lines, whatever the logs are like", "[query]") {
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    World world;
    std::vector<ModelLine> lines;
    for (const char* name : {"a", "b", "b@1"}) {
      if (random() % 4 == 0) continue;
      world.names.emplace_back(name);
      const auto made = make_log(world, name, random);
      lines.insert(lines.end(), made.begin(), made.end());
    }
    TailQuery query;
    query.selection = {random() % 3 != 0, random() % 3 != 0, random() % 2 == 0};
    query.follow = random() % 2 == 0;
    if (random() % 5 != 0) query.lines = random() % 30;
    CAPTURE(seed, query.selection.out, query.selection.err, query.selection.events, query.follow,
            query.lines.value_or(9999));

    const Contents shown = world.tail(query);
    const Contents expected = expected_of(lines, query);
    // A line that has not ended has no place of its own yet; it comes when all others are shown.
    const bool has_unfinished =
        !query.follow && std::any_of(lines.begin(), lines.end(),
                                     [](const ModelLine& line) { return !line.has_ended; });
    if (has_unfinished) {
      CHECK(sorted(shown) == sorted(expected));
    } else {
      CHECK(shown == expected);
    }
    CHECK(world.damage.empty());
    CHECK(world.notices.empty());
  }
}

TEST_CASE("find_tail: equal times stand in the order of the processes' names", "[query]") {
  World world;
  world.names = {"b", "a@2", "a", "a@10"};
  for (const std::string& name : world.names) world.append(name, 1, out(1, name));
  CHECK(world.tail(last(9)) == Contents{"a", "a@2", "a@10", "b"});
  CHECK(world.tail(last(2)) == Contents{"a@10", "b"});
}

TEST_CASE("find_tail: a line's first pieces belong to it, however much lies between", "[query]") {
  World world;
  world.names = {"web"};
  world.append("web", 1, err(1, "x") + err_piece(2, "begin "));
  std::string between;
  for (std::uint64_t tick = 3; tick < 2000; ++tick) between += out(tick, "o");
  world.append("web", 2, between + err(3000, "end"));
  CHECK(world.tail(last(1)) == Contents{"begin end"});
  CHECK(world.tail(last(2)) == Contents{"o", "begin end"});
  CHECK(world.tail({{false, true, false}, 2, false}) == Contents{"x", "begin end"});
}

TEST_CASE("find_tail: a follower gets the whole of a line that ends later", "[query]") {
  World world;
  world.names = {"web"};
  world.append("web", 1, err(1, "x") + err_piece(2, "begin ") + out(3, "a") + out(4, "b"));
  for (const std::uint64_t lines : {0u, 1u, 2u}) {
    Merge merge;
    const Contents shown = world.tail({{}, lines, true}, merge);
    CHECK(shown.size() == lines);
    world.append("web", 1, err(5 + lines, "end"));
    merge.look_again(0);
    CHECK(World::take(merge) == Contents{"begin end"});
    world.append("web", 1, err_piece(5 + lines, "begin "));
  }
}

TEST_CASE("find_tail: the event that tells about a missing newline is read with the line",
          "[query]") {
  for (const std::uint64_t segment_of_line : {1u, 2u}) {
    World world;
    world.append("web", 1, out(1, "a") + event(2, "stdout ends without a newline"));
    world.append("web", segment_of_line, out(3, "b"));
    const LogName name = *parse_log_name("web");
    const auto directory = world.open("web");
    const LogSpan span = find_tail({{&name, directory.get()}}, last(1)).front();
    LineReader lines(world.reader("web"), {}, world.held_bytes);
    lines.seek(span.start, span.end);
    Line line;
    REQUIRE(lines.next(line));
    CHECK(line.content == "b");
    CHECK_FALSE(line.has_newline);
  }
}

// What is read is counted by calls, not by the clock.
TEST_CASE("find_tail: the last lines of a large log cost a few reads", "[query]") {
  World world;
  world.names = {"web"};
  std::string records;
  for (std::uint64_t tick = 1; tick <= 400'000; ++tick) records += out(tick, "a line of a log");
  world.append("web", 1, records);
  world.fs.clear_calls();
  CHECK(world.tail(last(100)).size() == 100);
  CHECK(world.fs.count(fakes::Call::read) < 100);
}

TEST_CASE("find_tail: what was written after it is not shown without follow", "[query]") {
  World world;
  world.names = {"web"};
  world.append("web", 1, out(1, "a") + out(2, "b"));
  const LogName name = *parse_log_name("web");
  const auto directory = world.open("web");
  const LogSpan span = find_tail({{&name, directory.get()}}, last(5)).front();
  world.append("web", 1, out(3, "c"));
  LineReader lines(world.reader("web"), {}, world.held_bytes);
  lines.seek(span.start, span.end);
  Line line;
  REQUIRE(lines.next(line));
  REQUIRE(lines.next(line));
  CHECK(line.content == "b");
  CHECK_FALSE(lines.next(line));
}

TEST_CASE("find_tail: from and to the start of a run, of each log its own", "[query]") {
  World world;
  world.names = {"a", "b"};
  const auto started = [](std::uint64_t tick, std::uint64_t run) {
    return event(tick, started_event(run, 1, 0, "x"));
  };
  world.append("a", 1, started(1, 1) + out(2, "a1"));
  world.append("a", 2, started(5, 2) + out(6, "a2") + started(7, 3) + out(8, "a3"));
  world.append("b", 4, out(3, "b?") + started(4, 8) + out(9, "b8") + started(10, 9));
  world.append("b", 4, out(11, "b9"));
  world.archive("a", 1);
  const auto shown = [&](std::optional<TimeExpression> since, std::optional<TimeExpression> until) {
    world.notices.clear();
    TailQuery query;
    query.since = since;
    query.until = until;
    query.report = &world.report;
    const Contents lines = world.tail(query);
    query.lines = 1;
    CHECK(world.tail(query) == Contents(lines.end() - (lines.empty() ? 0 : 1), lines.end()));
    return lines;
  };
  CHECK(shown(RunStart{0}, {}) == Contents{"a3", "b9"});
  CHECK(shown(RunStart{-1}, {}) == Contents{"a2", "a3", "b8", "b9"});
  CHECK(shown({}, RunStart{-1}) == Contents{"a1", "b?"});
  CHECK(shown(RunStart{-1}, RunStart{0}) == Contents{"a2", "b8"});
  CHECK(shown(RunStart{0}, RunStart{-1}).empty());
  CHECK(shown(parse_time(time_of(6)), RunStart{0}) == Contents{"a2", "b8"});
  CHECK(world.notices.empty());
  world.names = {"a"};
  CHECK(shown(RunStart{2}, RunStart{3}) == Contents{"a2"});
  CHECK(shown(RunStart{4}, {}).empty());
  CHECK(world.notices.front() == "a: run 4 is not there: nothing is shown");
  CHECK(shown({}, RunStart{4}).empty());
  CHECK(world.notices.front() == "a: run 4 is not there: nothing is shown");
  world.names = {"b"};
  CHECK(shown(RunStart{7}, {}) == Contents{"b?", "b8", "b9"});
  CHECK(world.notices.front() ==
        "b: run 7 is older than all that are kept: shown from the oldest record on");
  CHECK(shown({}, RunStart{-2}).empty());
  CHECK(world.notices.front() == "b: run -2 is older than all that are kept: nothing is shown");
}

TEST_CASE("find_tail: of a run whose start is not kept, what is", "[query]") {
  World world;
  world.names = {"web"};
  world.append("web", 4, out(1, "x") + event(2, "exited run 4: pid 9, code 3"));
  world.append("web", 4, event(3, started_event(5, 1, 0, "x")) + out(4, "y"));
  const auto shown = [&](std::int64_t run) {
    TailQuery query;
    query.run = run;
    return world.tail(query);
  };
  CHECK(shown(4) == Contents{"x"});
  CHECK(shown(-1) == Contents{"x"});
  CHECK(shown(0) == Contents{"y"});
  CHECK(shown(3).empty());
  CHECK(shown(-2).empty());
  world.names = {"old"};
  world.append("old", 5, out(1, "x"));
  CHECK(shown(0) == Contents{"x"});
  CHECK(shown(-1).empty());
  world.names = {"fifo"};
  world.append("fifo", 1, out(1, "x"));
  CHECK(shown(0).empty());
}

TEST_CASE("find_tail: who follows from a run that is not there gets what comes", "[query]") {
  for (const bool is_since : {true, false}) {
    World world;
    world.names = {"web"};
    world.append("web", 1, event(1, started_event(1, 1, 0, "x")) + out(2, "old"));
    for (const std::optional<std::uint64_t> lines :
         {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(9)}) {
      TailQuery query;
      query.lines = lines;
      query.follow = true;
      if (is_since) query.since = RunStart{7};
      if (!is_since) query.run = 7;
      Merge merge;
      CHECK(world.tail(query, merge).empty());
      const std::string next = lines ? "b" : "a";
      world.append("web", 1, out(lines ? 4 : 3, next));
      merge.look_again(0);
      CHECK(World::take(merge) == Contents{next});
    }
  }
}

TEST_CASE("find_tail: a run is found though numbers began anew behind it", "[query]") {
  World world;
  world.names = {"web"};
  world.append("web", 1, event(1, started_event(7, 1, 0, "x")) + out(2, "7"));
  world.append("web", 2, event(3, started_event(1, 1, 0, "x")) + out(4, "1"));
  TailQuery query;
  query.run = 7;
  CHECK(world.tail(query) == Contents{"7"});
}

TEST_CASE("Merge: a log that grows is put in its place again", "[query]") {
  World world;
  world.names = {"a", "b"};
  world.append("a", 1, out(1, "a1") + out(5, "a5"));
  world.append("b", 1, out(2, "b2"));
  Merge merge;
  CHECK(world.tail({{}, std::nullopt, true}, merge) == Contents{"a1", "b2", "a5"});
  world.append("b", 1, out(6, "b6") + out(8, "b8"));
  world.append("a", 1, out(7, "a7"));
  merge.look_again(1);
  merge.look_again(0);
  CHECK(World::take(merge) == Contents{"b6", "a7", "b8"});
}

TEST_CASE("find_tail: from and to a time, of the lines that end between them", "[query]") {
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    World world;
    std::vector<ModelLine> lines;
    for (const char* name : {"a", "b", "b@1"}) {
      world.names.emplace_back(name);
      const auto made = make_log(world, name, random);
      lines.insert(lines.end(), made.begin(), made.end());
    }
    const std::uint64_t since = random() % 60;
    const std::uint64_t until = since + random() % 60;
    TailQuery query;
    query.selection.events = true;
    query.since = parse_time(time_of(since));
    query.until = parse_time(time_of(until));
    if (random() % 2 == 0) query.lines = random() % 20;
    const bool is_filtered = random() % 2 == 0;
    const auto is_wanted = [](std::string_view content) {
      return content.find('7') != std::string_view::npos;
    };
    if (is_filtered) {
      query.filter = [&](const Line& line, const LogName&) { return is_wanted(line.content); };
    }
    CAPTURE(seed, since, until, query.lines.value_or(9999), is_filtered);
    // What has not ended belongs where it ends: behind `until`, if something stands there.
    const std::vector<ModelLine> all = lines;
    bool has_unended = false;
    std::erase_if(lines, [&](const ModelLine& line) {
      const bool is_over =
          line.has_ended || std::none_of(all.begin(), all.end(), [&](const ModelLine& other) {
            return other.log == line.log && other.tick >= until;
          });
      const bool is_wanted_here = is_over && line.tick >= since && line.tick < until &&
                                  (!is_filtered || is_wanted(line.content));
      has_unended |= is_wanted_here && !line.has_ended;
      return !is_wanted_here;
    });
    Contents shown = world.tail(query);
    if (is_filtered) {
      std::erase_if(shown, [&](const std::string& content) { return !is_wanted(content); });
    }
    const Contents expected = expected_of(lines, query);
    if (has_unended) {
      CHECK(sorted(shown) == sorted(expected));
    } else {
      CHECK(shown == expected);
    }
  }
}
