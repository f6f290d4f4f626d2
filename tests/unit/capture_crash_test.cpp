// Stops the daemon after every single step of its work, and of the recovery from that, and compares
// what is stored.
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <sstream>

#include "capture/log_flush.h"
#include "capture_machine.h"
#include "logd/record.h"
#include "store/event.h"

namespace logd {
namespace {

// What a reader makes of the log.
struct Stored {
  std::string out;
  std::string err;
  std::map<std::string, int> events;
  std::string problem;
};

Stored read_all(const Machine& machine) {
  Stored stored;
  WallTime last{};
  const std::string link = "/log/web/" + std::string(kCurrentLinkName);
  const std::string leads_to = machine.fs.exists(link) ? machine.fs.link_target(link) : "";
  if (machine.fs.exists(link + ".tmp")) stored.problem = "a link is left over";
  std::string newest;
  for (const std::string& name : machine.fs.list("/log/web")) {
    const auto parsed = parse_segment_name(name);
    if (!parsed || parsed->form != SegmentName::Form::plain) continue;
    newest = name;
    const std::string contents = machine.fs.contents("/log/web/" + name);
    if (!contents.empty() && contents.back() != '\n') stored.problem = "torn record in " + name;
    std::istringstream lines(contents);
    for (std::string line; std::getline(lines, line);) {
      const auto record = parse_record(line);
      if (!record) {
        stored.problem = "not a record: " + line;
        continue;
      }
      if (record->time <= last) stored.problem = "time does not increase at: " + line;
      last = record->time;
      if (record->type == RecordType::event) {
        ++stored.events[std::string(record->content)];
        continue;
      }
      std::string& stream = record->stream == Stream::out ? stored.out : stored.err;
      stream += record->content;
      if (record->tag == RecordTag::full) stream += '\n';
    }
  }
  if (leads_to != newest) stored.problem = "current.log leads to '" + leads_to + "'";
  return stored;
}

void check(const Machine& machine) {
  const Stored stored = read_all(machine);
  CHECK(stored.problem == "");
  CHECK(stored.out == machine.out_written);
  CHECK(stored.err == machine.err_written + "\n");  // it ended without one
  CHECK(stored.events == std::map<std::string, int>{{no_newline_event(Stream::err), 1}});
}

std::string numbered_lines(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) {
    text += "line " + std::to_string(i);
    text.append(static_cast<std::size_t>(i * 7 % 30), 'x');
    text += '\n';
  }
  return text;
}

// The work to be interrupted: batches, pieces of long lines and of one that there is no memory for,
// several moves of the escrow to its front, switches of segments, an idle part, a line without a
// newline at the end. Writers do not notice deaths, so each step is taken once, whatever happens to
// the daemon.
class Script {
 public:
  explicit Script(Machine& machine) : machine_(machine) {}

  // Goes on where it was interrupted. True when done.
  void go_on(Life& life) {
    life.drain();
    while (next_ < kSteps) {
      const int now = next_++;
      take(now);
      life.drain();
      if (now == 2) life.err().store_idle_part();
      if (now == 3) life.err().shrink(8);
      if (now == 4) std::ignore = life.log().rotate();
      if (now == 5) life.out().give_back_memory();
      life.drain();
    }
  }

 private:
  static constexpr int kSteps = 7;

  void take(int step) {
    switch (step) {
      case 0:
        machine_.write_out(numbered_lines(0, 6));
        machine_.write_err("first error\n");
        break;
      case 1:
        machine_.write_out(std::string(200, 'a'));
        machine_.write_out(" words and words ");
        machine_.write_out(std::string(90, 'b'));
        machine_.write_out("\n");
        break;
      case 2:
        machine_.write_err("waiting for the ");
        break;
      case 3:
        machine_.write_err("end of this line\nand more");
        machine_.write_out(numbered_lines(6, 12));
        break;
      case 4:
        machine_.clock.step_wall(-std::chrono::hours(1));
        machine_.write_out("\n\n" + numbered_lines(12, 14));
        break;
      case 5:
        machine_.write_err(" error text");
        machine_.write_out(numbered_lines(14, 20));
        break;
      default:
        machine_.out.has_writer = false;
        machine_.err.has_writer = false;
        break;
    }
  }

  Machine& machine_;
  int next_ = 0;
};

// Lives until the script is done, dying where `stops` says (steps of each life; -1 = never).
void live(Machine& machine, Script& script, const std::vector<int>& stops) {
  for (const int stop : stops) {
    machine.steps = 0;
    machine.stop_at = stop;
    try {
      Life life(machine);
      script.go_on(life);
      if (life.out().has_ended() && life.err().has_ended()) return;
    } catch (const StopHere&) {
      machine.fs.restart();
    }
  }
}

int steps_without_a_stop() {
  Machine machine;
  Script script(machine);
  live(machine, script, {-1});
  check(machine);
  return machine.steps;
}

}  // namespace

TEST_CASE("Crash: without one, everything is stored once", "[capture][crash]") {
  CHECK(steps_without_a_stop() > 100);
}

TEST_CASE("Crash: after every step, everything is stored once", "[capture][crash]") {
  const int steps = steps_without_a_stop();
  std::set<std::string> names;
  for (int k = 1; k <= steps; ++k) {
    Machine machine;
    Script script(machine);
    live(machine, script, {k, -1});
    INFO("stopped after step " << k);
    check(machine);
    names.insert(machine.step_names.begin(), machine.step_names.end());
  }
  // A step that the script never comes across is a step that is not tested.
  for (const char* name :
       {"intent written", "intent valid",  "slot moved",      "time moved",     "intent cleared",
        "live segment",   "before take",   "after take",      "before seek",    "after seek",
        "cursor reset",   "during escrow", "slot claimed",    "part counted",   "before write",
        "after write",    "during write",  "before truncate", "after truncate", "before rename",
        "after rename"})
    CHECK(std::any_of(names.begin(), names.end(),
                      [&](const std::string& seen) { return seen.find(name) == 0; }));
}

TEST_CASE("Crash: after every step, and after every step of the recovery", "[capture][crash]") {
  const int steps = steps_without_a_stop();
  for (int k = 1; k <= steps; ++k) {
    for (int j = 1;; ++j) {
      Machine machine;
      Script script(machine);
      live(machine, script, {k, j, -1});
      const Stored stored = read_all(machine);
      const bool exact = stored.problem.empty() && stored.out == machine.out_written &&
                         stored.err == machine.err_written + "\n" && stored.events.size() == 1;
      if (!exact) {
        INFO("stopped after step " << k << ", then after step " << j);
        check(machine);
        return;
      }
      // Beyond the recovery the second life does what the first one would have done.
      if (j >= 45) break;
    }
  }
  SUCCEED();
}

TEST_CASE("Crash: splices of any length, each followed by a kill", "[capture][crash]") {
  for (std::uint64_t longest = 1; longest < 40; longest += 3) {
    Machine machine;
    machine.out.longest_take = longest;
    machine.err.longest_take = longest + 1;
    Script script(machine);
    std::vector<int> stops;
    for (int i = 0; i < 400; ++i) stops.push_back(20 + i % 37);
    stops.push_back(-1);
    live(machine, script, stops);
    INFO("at most " << longest << " bytes a splice");
    check(machine);
  }
}

TEST_CASE("Crash: a full disk and short writes cost time, never lines", "[capture][crash]") {
  for (std::size_t after = 0; after < 120; ++after) {
    Machine machine;
    Script script(machine);
    machine.fs.fail_next_write({.sys_errno = ENOSPC, .after_bytes = after});
    live(machine, script, {-1, -1});
    INFO("the disk is full after " << after << " bytes");
    check(machine);
  }
}

TEST_CASE("Crash: short write, then a kill after every step of what follows", "[capture][crash]") {
  for (std::size_t after = 30; after < 110; after += 8)
    for (int k = 1; k < 80; ++k) {
      Machine machine;
      Script script(machine);
      machine.fs.fail_next_write({.sys_errno = ENOSPC, .after_bytes = after});
      live(machine, script, {k, -1, -1});
      INFO("full after " << after << " bytes, stopped after step " << k);
      check(machine);
    }
}

// The keeper of a FIFO has died and the next one hands the FIFO over in the middle of a line. Until
// the rest of the line is in the new escrow only the daemon holds it: a kill may take that, and
// nothing else.
TEST_CASE("Crash: a FIFO that another keeper hands over, killed after every step",
          "[capture][crash]") {
  const std::string before = numbered_lines(0, 4);
  const std::string rest = "the first half, ";
  const std::string after = "the second half\n" + numbered_lines(4, 8);
  int steps = 0;
  for (int k = 0; k <= steps; ++k) {
    Machine machine;
    fakes::FakeStream second(kEscrowBytes);
    bool has_taken_over = false;
    machine.out.pipe = before + rest;
    try {
      Life life(machine);
      life.drain();
      machine.steps = 0;
      machine.stop_at = k == 0 ? -1 : k;
      std::swap(second.pipe, machine.out.pipe);
      second.pipe += after;
      const auto source = life.go_on_with(second, {4});
      has_taken_over = true;
      CHECK(life.out().has_ended());
      for (std::uint64_t taken = 1; taken > 0;) std::ignore = source->turn(taken);
    } catch (const StopHere&) {
      machine.fs.restart();
    }
    if (k == 0) steps = machine.steps;
    machine.stop_at = -1;
    machine.out = second;
    Life life(machine, {4});
    life.drain();
    const Stored stored = read_all(machine);
    INFO("stopped after step " << k << " of " << steps);
    CHECK(stored.problem == "");
    const bool is_whole = stored.out == before + rest + after;
    CHECK((is_whole || (!has_taken_over && stored.out == before + after)));
  }
  CHECK(steps > 10);
}

TEST_CASE("Crash: a power cut leaves whole records and a daemon that starts", "[capture][crash]") {
  const int steps = steps_without_a_stop();
  for (int k = 1; k <= steps; k += 3) {
    Machine machine;
    Script script(machine);
    live(machine, script, {k});
    machine.fs.crash();
    machine.image = LedgerImage{};  // run_dir is gone
    machine.out = fakes::FakeStream(kEscrowBytes);
    machine.err = fakes::FakeStream(kEscrowBytes);
    machine.stop_at = -1;
    Life life(machine);
    machine.write_out("after the power cut\n");
    life.drain();
    const Stored stored = read_all(machine);
    CHECK(stored.problem == "");
    CHECK(stored.out.ends_with("after the power cut\n"));
  }
}

// A flush of a log whose escrows hold lines that a full disk did not take, while the writers go on.
class FlushScript {
 public:
  explicit FlushScript(Machine& machine) : machine_(machine) {
    machine.segment_bytes = 200;
    machine.write_out(numbered_lines(0, 6));
    machine.write_err("before the flush\n");
  }

  void fill(Life& life) {
    life.drain();
    std::ignore = life.log().rotate();  // room for more than one record
    machine_.write_out("full 1\nfull 2\nwaits for ");
    machine_.write_err("full 3\nfull 4\nso does ");
    stall(life.out(), 0);
    stall(life.err(), 50);  // one record gets in, and a part of the next
  }

  void flush(Life& life) {
    LedgerFlush order{.records = 8, .bytes = 99, .uid = 1000, .pid = 4711};
    const auto plan = begin_log_flush(life.log(), {&life.out(), &life.err()}, order);
    REQUIRE(plan.has_value());
    const bool has_event = life.log().store_flush_event().has_value();
    REQUIRE(has_event);
    finish_lines(life);
    for (const SegmentName& segment : *plan) std::ignore = life.log().remove_segment(segment);
    life.log().end_flush();
  }

  // The writers go on, once.
  void finish_lines(Life& life) {
    if (!has_finished_) machine_.write_out("its end\n");
    if (!has_finished_) machine_.write_err("this\n");
    has_finished_ = true;
    life.drain();
  }

  // 8 in the segments, and the three in the escrows that no segment holds.
  static std::string event() { return flushed_event(1000, 4711, 11, 99); }

 private:
  void stall(Source& source, std::size_t after_bytes) {
    machine_.fs.fail_next_write({.sys_errno = ENOSPC, .after_bytes = after_bytes});
    std::uint64_t taken = 0;
    CHECK(source.turn(taken) == Source::Outcome::stalled);
  }

  Machine& machine_;
  bool has_finished_ = false;
};

TEST_CASE("Crash: a flush that is cut short is finished, and nothing after it is lost",
          "[capture][crash]") {
  const std::set<std::string> outs{"waits for its end\n", "full 1\nfull 2\nwaits for its end\n"};
  const std::set<std::string> errs{"so does this\n", "full 4\nso does this\n"};
  std::set<std::string> seen;
  int steps = 0;
  for (int k = 0; k <= steps; ++k) {
    Machine machine;
    FlushScript script(machine);
    try {
      Life life(machine);
      script.fill(life);
      machine.steps = 0;
      machine.stop_at = k == 0 ? -1 : k;
      script.flush(life);
    } catch (const StopHere&) {
      machine.fs.restart();
    }
    if (k == 0) steps = machine.steps;
    machine.stop_at = -1;
    const bool was_noted = machine.image.flush.up_to != 0;
    Life life(machine);
    script.finish_lines(life);
    const Stored stored = read_all(machine);
    INFO("stopped after step " << k << " of " << steps);
    CHECK(stored.problem == "");
    if (was_noted || stored.events.contains(FlushScript::event())) {
      CHECK(stored.events == std::map<std::string, int>{{FlushScript::event(), 1}});
      CHECK(outs.contains(stored.out));
      CHECK(errs.contains(stored.err));
      seen.insert(stored.out);
      // Only a kill before they were let go of saves lines from a flush.
      if (k == 0) CHECK(stored.out == "waits for its end\n");
      if (k == 0) CHECK(stored.err == "so does this\n");
    } else {
      CHECK(stored.events.empty());
      CHECK(stored.out == machine.out_written);
      CHECK(stored.err == machine.err_written);
    }
  }
  CHECK(steps > 20);
  CHECK(seen == outs);
}

}  // namespace logd
