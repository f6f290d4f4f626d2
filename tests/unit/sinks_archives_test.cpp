// Closed segments as objects, sent by a destination's loop to a store that is fake.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "sinks/ship_request.h"
#include "sinks_ship_world.h"

namespace logd::sinks_testing {
namespace {

using namespace std::chrono_literals;

struct Archives : World {
  Archives() {
    config.type = "s3";
    config.bucket = "logs";
    config.prefix = "eu/";
    config.access_key = "key";
  }
  // A closed segment of so many records, in its last form; the next one is begun.
  void close(const std::string& log, std::uint64_t segment, int count = 3) {
    const auto hook = std::exchange(logs.fs.on_step, nullptr);
    write(log, segment, count);
    write(log, segment + 1, 1);
    if (compresses) kept[object(log, segment)] = logs.archive(log, segment);
    if (!compresses) kept[object(log, segment)] = logs.fs.contents(logs.path(log, segment));
    logs.fs.on_step = hook;
  }
  std::string object(const std::string& log, std::uint64_t segment) const {
    const auto form = compresses ? SegmentName::Form::archive : SegmentName::Form::plain;
    const std::string path = logs.path(log, segment, form);
    return object_path(config, {"h1", log, path.substr(path.rfind('/') + 1)});
  }
  bool run_until_kept() {
    return run_until([&] { return receiver.objects.size() >= kept.size(); }, 120s);
  }

  std::map<std::string, std::string> kept;  // that must get there, by object
};

TEST_CASE("Archives: a key is the prefix, the host, the log and the segment", "[sinks]") {
  ShipConfig config;
  config.bucket = "b";
  CHECK(object_path(config, {"h", "web", "1.log"}) == "/b/h/web/1.log");
  config.prefix = "/a//dt=2026/";
  CHECK(object_path(config, {"h 1", "web@2", "1.log"}) == "/b/a/dt%3D2026/h%201/web%402/1.log");
}

TEST_CASE("Archives: each closed segment is one object, with the bytes of its file", "[sinks]") {
  Archives world;
  for (const std::uint64_t segment : {1, 2, 3}) world.close("web", segment);
  world.close("db@2", 1);
  world.start();
  REQUIRE(world.run_until_kept());
  CHECK(world.receiver.objects == world.kept);
  // What is being written stays; what is closed later comes.
  world.run_for(60s);
  CHECK(world.receiver.seen.size() == 4);
  CHECK(world.loop->status().backlog_bytes == 0);
  world.close("web", 4);
  REQUIRE(world.run_until_kept());
  CHECK(world.receiver.objects.size() == 5);
}

TEST_CASE("Archives: a segment that is not compressed yet waits", "[sinks]") {
  Archives world;
  world.write("web", 1, 3);
  world.write("web", 2, 3);
  world.start();
  world.run_for(60s);
  CHECK(world.receiver.seen.empty());
  world.logs.archive("web", 1);
  REQUIRE(world.run_until([&] { return world.receiver.objects.size() == 1; }));
  CHECK(world.receiver.objects.begin()->first.ends_with(".log.gz"));
}

TEST_CASE("Archives: without compression the plain file goes", "[sinks]") {
  Archives world;
  world.compresses = false;
  world.close("web", 1);
  world.start();
  REQUIRE(world.run_until_kept());
  CHECK(world.receiver.objects == world.kept);
}

TEST_CASE("Archives: a crash between any two steps leaves none out", "[sinks]") {
  const auto work = [](Archives& world) {
    if (world.kept.empty()) {
      world.close("web", 1);
      world.close("web", 2);
      world.close("db", 1);
    }
    world.start();
    if (!world.run_until_kept()) throw std::runtime_error("some are missing");
    if (world.kept.size() == 3) world.close("web", 3);
    if (!world.run_until_kept()) throw std::runtime_error("some are missing");
    world.run_for(2s);
  };
  const auto prepare = [](Archives& world, fakes::Steps& steps) {
    world.logs.fs.on_step = steps.hook();
    world.receiver.on_step = steps.hook();
    world.receiver.answers = [&world](const Seen&) {
      return status(world.receiver.seen.size() == 2 ? 503 : 200);
    };
  };
  std::size_t count = 0;
  {
    Archives world;
    fakes::Steps steps;
    prepare(world, steps);
    work(world);
    count = steps.count();
  }
  REQUIRE(count > 50);
  for (std::size_t stop = 0; stop < count; ++stop) {
    Archives world;
    fakes::Steps steps;
    prepare(world, steps);
    steps.stop_at(stop);
    std::string where;
    try {
      work(world);
    } catch (const fakes::StopHere& here) {
      where = here.step;
    }
    world.kill();
    steps.restart();
    INFO("stopped at step " << stop << ": " << where);
    REQUIRE_NOTHROW(work(world));
    CHECK(world.receiver.objects == world.kept);
    CHECK(world.state().intended.empty());
  }
}

TEST_CASE("Archives: what was deleted before it went is counted", "[sinks]") {
  Archives world;
  world.close("web", 1);
  world.start();
  REQUIRE(world.run_until_kept());
  world.receiver.answers = [](const Seen&) { return unreachable(); };
  for (const std::uint64_t segment : {2, 3, 4, 5}) world.close("web", segment);
  world.run_for(5s);
  for (const std::uint64_t segment : {2, 3, 4}) {
    world.logs.fs.remove(world.logs.path("web", segment, SegmentName::Form::archive));
    world.kept.erase(world.object("web", segment));
  }
  world.receiver.answers = [](const Seen&) { return status(200); };
  REQUIRE(world.run_until_kept());
  CHECK(world.receiver.objects == world.kept);
  CHECK(world.loop->status().totals.lost_segments == 3);
}

TEST_CASE("Archives: beyond max_backlog the oldest are left out", "[sinks]") {
  Archives world;
  world.config.required = true;
  world.close("web", 1);
  world.start();
  REQUIRE(world.run_until_kept());
  world.run_for(2s);
  world.receiver.answers = [](const Seen&) { return status(503); };
  for (std::uint64_t segment = 2; segment <= 9; ++segment) world.close("web", segment, 2000);
  std::uint64_t bytes = 0;
  for (const auto& [object, contents] : world.kept) bytes += contents.size();
  world.loop.reset();
  world.config.max_backlog_bytes = bytes / 2;
  world.start();
  world.run_for(60s);
  world.receiver.answers = [](const Seen&) { return status(200); };
  REQUIRE(world.run_until([&] { return world.receiver.objects.contains(world.object("web", 9)); },
                          120s));
  world.run_for(5s);
  const std::uint64_t lost = world.loop->status().totals.lost_segments;
  CHECK(lost >= 3);
  CHECK(world.receiver.objects.size() + lost == world.kept.size());
  CHECK_FALSE(world.receiver.objects.contains(world.object("web", 2)));
}

TEST_CASE("Archives: a rewind and a replay fill what is missing and change nothing else",
          "[sinks]") {
  Archives world;
  for (const std::uint64_t segment : {1, 2, 3}) world.close("web", segment);
  world.start();
  REQUIRE(world.run_until_kept());
  const bool is_rewind = GENERATE(true, false);
  world.receiver.objects.erase(world.object("web", 2));
  world.receiver.objects[world.object("web", 1)] = "other bytes";
  if (is_rewind)
    world.loop->rewind(LogChoice({}), WallTime());
  else
    world.loop->replay(LogChoice({}), WallTime(), world.clock.wall_now());
  REQUIRE(world.run_until_kept());
  world.run_for(5s);
  CHECK(world.receiver.objects[world.object("web", 1)] == "other bytes");
  CHECK(world.receiver.objects.size() == 3);
}

TEST_CASE("Archives: a log that began anew is sent", "[sinks]") {
  Archives world;
  for (const std::uint64_t segment : {1, 2, 3}) world.close("web", segment);
  world.start();
  REQUIRE(world.run_until_kept());
  const auto first = world.receiver.objects;
  for (const std::uint64_t segment : {1, 2, 3})
    world.logs.fs.remove(world.logs.path("web", segment, SegmentName::Form::archive));
  world.logs.remove("web", 4);
  world.receiver.objects.clear();  // a real one has other names: they were made at other times
  world.kept.clear();
  world.close("web", 1);
  REQUIRE(world.run_until_kept());
  CHECK(world.receiver.objects == world.kept);
}

TEST_CASE("Archives: answers of S3", "[sinks]") {
  const auto error = [](int code, const std::string& name) {
    return status(code, "<Error><Code>" + name + "</Code><Message>no</Message></Error>");
  };
  Archives world;
  world.close("web", 1);
  world.start();
  REQUIRE(world.run_until_kept());
  world.close("web", 2);

  SECTION("what expires holds, and costs nothing") {
    world.receiver.answers = [&](const Seen&) { return error(400, "ExpiredToken"); };
    world.run_for(180s);
    CHECK(world.loop->status().state == "hold");
    CHECK(world.dead_letters().empty());
    world.receiver.answers = [](const Seen&) { return status(200); };
    REQUIRE(world.run_until_kept());
  }
  SECTION("what is too large is a dead letter, and can be sent again") {
    world.receiver.answers = [&](const Seen&) { return error(400, "EntityTooLarge"); };
    REQUIRE(world.run_until([&] { return world.dead_letters().size() == 1; }));
    const auto letter = world.dead_letters().front();
    CHECK(letter.at("log") == "web");
    CHECK(world.object("web", 2).ends_with(letter.at("message").get<std::string>()));
    world.receiver.answers = [](const Seen&) { return status(200); };
    REQUIRE(world.loop->replay_dead_letters());
    REQUIRE(world.run_until_kept());
    CHECK(world.receiver.objects == world.kept);
    world.run_for(5s);
    CHECK(world.dead_letters().empty());
  }
  SECTION("a letter whose segment is gone ends") {
    world.receiver.answers = [&](const Seen&) { return error(400, "EntityTooLarge"); };
    REQUIRE(world.run_until([&] { return world.dead_letters().size() == 1; }));
    world.logs.fs.remove(world.logs.path("web", 2, SegmentName::Form::archive));
    world.receiver.answers = [](const Seen&) { return status(200); };
    REQUIRE(world.loop->replay_dead_letters());
    world.run_for(5s);
    CHECK(world.dead_letters().empty());
    CHECK(world.loop->status().state == "ok");
  }
}

TEST_CASE("Archives: a segment without a record that can be read goes all the same", "[sinks]") {
  Archives world;
  world.close("web", 1);
  world.start();
  REQUIRE(world.run_until_kept());
  world.close("web", 2);
  world.close("web", 3);
  const auto path = world.logs.path("web", 2, SegmentName::Form::archive);
  world.kept[world.object("web", 2)] = "not gzip";
  world.logs.fs.remove(path);
  world.logs.fs.put(path, "not gzip");
  REQUIRE(world.run_until_kept());
  CHECK(world.receiver.objects == world.kept);
  CHECK(world.loop->status().totals.lost_segments == 0);
}

TEST_CASE("Archives: bytes behind the last record, or none that are one, stop nothing", "[sinks]") {
  Archives world;
  world.compresses = GENERATE(true, false);
  world.close("web", 1);
  const std::string tail = GENERATE("no record\n", "no end", std::string("\0\0\0\n", 4));
  world.write("web", 2, 3);
  world.append("web", 2, tail);
  world.close("web", 3);
  world.kept[world.object("web", 2)] = world.compresses
                                           ? world.logs.archive("web", 2)
                                           : world.logs.fs.contents(world.logs.path("web", 2));
  world.start();
  REQUIRE(world.run_until_kept());
  world.run_for(60s);
  CHECK(world.receiver.objects == world.kept);
  CHECK(world.receiver.seen.size() == 3);
}

TEST_CASE("Archives: one that stays plain goes once later ones are compressed", "[sinks]") {
  Archives world;
  for (const std::uint64_t segment : {1, 2}) world.write("web", segment, 3);
  world.start();
  world.run_for(60s);
  CHECK(world.receiver.seen.empty());
  world.close("web", 2);
  REQUIRE(world.run_until([&] { return world.receiver.objects.size() == 2; }));
  CHECK(world.receiver.objects.begin()->first.ends_with(".log"));
}

TEST_CASE("Archives: what waits to be compressed is no backlog", "[sinks]") {
  Archives world;
  world.config.required = true;
  world.config.max_backlog_bytes = 1000;
  world.config.max_backlog_age = 1s;
  for (std::uint64_t segment = 1; segment < 6; ++segment) world.write("web", segment, 100);
  world.start();
  world.run_for(120s);
  CHECK(world.loop->status().totals.lost_segments == 0);
  // Nor is what is taken, one after another.
  world.receiver.takes = 20s;
  for (std::uint64_t segment = 1; segment < 5; ++segment) {
    world.kept[world.object("web", segment)] = world.logs.archive("web", segment);
  }
  REQUIRE(world.run_until([&] { return world.receiver.objects.size() == 4; }, 300s));
  CHECK(world.loop->status().totals.lost_segments == 0);
}

TEST_CASE("Archives: an object that always fails is no dead letter, and other logs go on",
          "[sinks]") {
  Archives world;
  for (const std::uint64_t segment : {1, 2, 3}) {
    world.close("web", segment);
    world.close("db", segment);
  }
  const std::string bad = world.object("db", 1);
  world.receiver.answers = [&](const Seen& seen) { return status(seen.path == bad ? 500 : 200); };
  world.start();
  REQUIRE(world.run_until([&] { return world.receiver.objects.size() == 3; }, 600s));
  world.run_for(600s);
  CHECK(world.dead_letters().empty());
  world.receiver.answers = [](const Seen&) { return status(200); };
  REQUIRE(world.run_until_kept());
  CHECK(world.receiver.objects == world.kept);
}

TEST_CASE("Archives: what is gone is counted once, also before another one goes", "[sinks]") {
  Archives world;
  world.config.settle = GENERATE(0s, 60s, 600s);
  world.close("web", 1);
  world.start();
  REQUIRE(world.run_until_kept());
  world.run_for(2s);
  for (const std::uint64_t segment : {2, 3, 4}) world.write("web", segment, 3);
  for (const std::uint64_t segment : {2, 3}) world.logs.remove("web", segment);
  world.run_for(60s);
  CHECK(world.loop->status().totals.lost_segments == 2);
  for (int i = 0; i < 3; ++i) world.loop->rewind(LogChoice({}), world.clock.wall_now());
  world.run_for(60s);
  // What is settled has moved past them, too.
  if (world.config.settle == 0s) {
    world.kill();
    world.start();
  }
  world.close("web", 4);
  REQUIRE(world.run_until_kept());
  CHECK(world.loop->status().totals.lost_segments == 2);
}

TEST_CASE("Archives: a batch of a log that is gone is not one of the next log", "[sinks]") {
  Archives world;
  world.compresses = false;
  world.close("web", 1);
  world.receiver.answers = [](const Seen&) { return status(503); };
  world.start();
  REQUIRE(world.run_until([&] { return !world.receiver.seen.empty(); }));
  world.kill();
  // The same number, made later, and being written.
  world.logs.remove("web", 1);
  world.logs.remove("web", 2);
  const SegmentName fresh{1, world.clock.wall_now() + 1h, SegmentName::Form::plain};
  world.logs.fs.put("/log/web/" + fresh.str(), tests::out(++world.tick, "fresh"));
  world.receiver.answers = [](const Seen&) { return status(200); };
  world.start();
  world.run_for(120s);
  CHECK(world.receiver.objects.empty());
  CHECK(world.loop->status().totals.lost_segments == 1);
}

TEST_CASE("Archives: a file is read for its digests once", "[sinks]") {
  Archives world;
  world.close("web", 1, 1000);
  world.receiver.answers = [](const Seen&) { return status(503); };
  world.start();
  REQUIRE(world.run_until([&] { return world.receiver.seen.size() == 2; }));
  world.logs.fs.clear_calls();
  REQUIRE(world.run_until([&] { return world.receiver.seen.size() == 20; }, 3600s));
  const std::string whole = fmt::format("+{}", world.kept.begin()->second.size());
  const auto wholes = std::count_if(
      world.logs.fs.calls().begin(), world.logs.fs.calls().end(),
      [&](const std::string& call) { return call.starts_with("read ") && call.ends_with(whole); });
  CHECK(wholes == 0);
  CHECK(world.loop->status().sent_bytes == 20 * world.kept.begin()->second.size());
}

}  // namespace
}  // namespace logd::sinks_testing
