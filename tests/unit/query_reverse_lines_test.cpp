// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "query/line_reader.h"
#include "query/record_skip.h"
#include "query/reverse_lines.h"
#include "query_logs.h"

using namespace logd;
using namespace logd::tests;

namespace {

using Contents = std::vector<std::string>;

struct World : Logs {
  LineOptions options;
  std::uint64_t held_bytes = 0;

  static std::string text_of(const Line& line) {
    return fmt::format("{} {}|{}{} {}.{} {}.{}", line.time, stream_name(line.stream), line.content,
                       line.has_newline ? "\n" : "", line.position.segment, line.position.offset,
                       line.first.segment, line.first.offset);
  }
  static Contents all(LineSource& source) {
    Contents contents;
    Line line;
    while (source.next(line)) contents.push_back(text_of(line));
    return contents;
  }

  Contents forward(const LineStart& start, Position end) {
    LineReader reader(this->reader("web"), options, held_bytes);
    reader.seek(start, end);
    return all(reader);
  }
  Contents backward(const LineStart& start, Position end, std::size_t block_bytes) {
    const auto directory = open("web");
    ReverseLines lines(*parse_log_name("web"),
                       BackwardLog(*directory, list("web"), block_bytes, end), options,
                       kMaxLookBackBytes, held_bytes);
    lines.stop_at(start);
    Contents contents = all(lines);
    std::reverse(contents.begin(), contents.end());
    return contents;
  }
};

void make_log(Logs& logs, std::mt19937& random) {
  std::uint64_t tick = 1;
  std::uint64_t segment = 1;
  logs.append("web", 1, "");
  for (auto left = random() % 80; left > 0; --left) {
    ++tick;
    if (random() % 12 == 0) {
      if (random() % 2 == 0) logs.archive("web", segment);
      logs.append("web", ++segment, "");
    }
    const Stream stream = random() % 5 == 0 ? Stream::err : Stream::out;
    const std::string content = std::to_string(left) + std::string(random() % 90, '.');
    if (random() % 12 == 0) {
      logs.append("web", segment, event(tick, "stdout ends without a newline"));
      logs.append("web", segment, record(++tick, Stream::out, 'F', content));
    } else {
      logs.append("web", segment, record(tick, stream, random() % 3 == 0 ? 'P' : 'F', content));
    }
  }
}

}  // namespace

TEST_CASE("ReverseLines: the same lines as forward, the newest first", "[query]") {
  for (unsigned seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    World world;
    make_log(world, random);
    world.options = {{random() % 4 != 0, random() % 4 != 0, random() % 2 == 0},
                     random() % 4 != 0,
                     random() % 2 == 0};
    const std::size_t block_bytes = 40 + random() % 700;
    CAPTURE(seed, block_bytes, world.options.join, world.options.skip_unended);
    Contents forward = world.forward({}, kNoLimit);
    Contents backward = world.backward({}, kNoLimit, block_bytes);
    // Forward, what has not ended comes last.
    std::sort(forward.begin(), forward.end());
    if (!world.options.skip_unended) std::sort(backward.begin(), backward.end());
    CHECK(backward == forward);
    CHECK(world.held_bytes == 0);
    CHECK(world.damage.empty());
  }
}

TEST_CASE("RecordSkip: both ways, no line is passed over that may be wanted", "[query]") {
  constexpr std::string_view kWanted = "7..";  // in no time or place
  std::size_t passed_over = 0;
  for (unsigned seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    World world;
    make_log(world, random);
    const bool is_search = random() % 2 == 0;
    world.options.selection = {is_search || seed % 2 == 0, is_search || seed % 2 != 0,
                               random() % 2 == 0};
    world.options.join = random() % 4 != 0;
    const std::size_t block_bytes = 40 + random() % 700;
    CAPTURE(seed, block_bytes, is_search, world.options.join);
    const auto lines = [&](Contents all) {
      const auto is_unwanted = [&](const std::string& line) {
        return is_search && line.find(kWanted) == std::string::npos;
      };
      const std::size_t read = all.size();
      all.erase(std::remove_if(all.begin(), all.end(), is_unwanted), all.end());
      std::sort(all.begin(), all.end());
      return std::pair(read, all);
    };
    const auto [read, expected] = lines(world.forward({}, kNoLimit));
    const Stream stream = world.options.selection.out ? Stream::out : Stream::err;
    world.options.candidates = [=](std::string_view records) {
      return find_stream(records, stream);
    };
    if (is_search) {
      world.options.candidates = [&](std::string_view records) { return records.find(kWanted); };
    }
    const auto [read_forward, forward] = lines(world.forward({}, kNoLimit));
    const auto [read_backward, backward] = lines(world.backward({}, kNoLimit, block_bytes));
    CHECK(forward == expected);
    CHECK(backward == expected);
    passed_over += (read - read_forward) + (read - read_backward);
  }
  CHECK(passed_over > 1000);
}

TEST_CASE("RecordSkip: stops at candidates, pieces, events and NULs", "[query]") {
  const std::string plain = out(1, "+0 P\tHTTP x") + err(2, "GNUP") + out(3, std::string(90, '+'));
  const auto nothing = [](std::string_view) { return std::string_view::npos; };
  for (const std::string& special :
       {out_piece(4, "a"), event(4, "b"), out(4, std::string(1, '\0')), out(4, "wanted")}) {
    for (const std::string& before : {std::string(), plain}) {
      RecordSkip skip([](std::string_view records) { return records.find("wanted"); });
      const std::string records = before + special + plain;
      CAPTURE(special, before);
      CHECK(skip.passable({1, 100}, records) == before.size());
      const std::size_t behind = before.size() + special.size();
      CHECK(skip.passable({1, 100 + behind}, std::string_view(records).substr(behind)) ==
            plain.size());
    }
  }
  CHECK(RecordSkip(nothing).passable({}, plain) == plain.size());
  CHECK(RecordSkip(nullptr).passable({}, plain) == 0);
  RecordSkip again(nothing);
  CHECK(again.passable({2, 0}, plain) == plain.size());
  again.forget();
  CHECK(again.passable({2, 0}, event(1, "x") + plain) == 0);
}

TEST_CASE("ReverseLines: begins and ends where it is told", "[query]") {
  World world;
  world.append("web", 1, out(1, "a") + out(2, "b"));
  world.append("web", 2, out(3, "c") + out(4, "d"));
  const Position b{1, out(1, "a").size()};
  const Position d{2, out(3, "c").size()};
  CHECK(world.backward(start_at(b), d, 64) == world.forward(start_at(b), d));
  CHECK(world.backward(start_at(b), d, 64).size() == 2);
  CHECK(world.backward(start_at(b), {2, 0}, 64).size() == 1);
  CHECK(world.backward(start_at(d), kNoLimit, 64).size() == 1);
}
